/**
 * Telling the server what went wrong in the browser, in words that name nobody. What the server itself said no to, it
 * has counted already.
 */

import { capabilities, fingerprint } from "./capabilities.js";
import { AlreadyHere, Closed, SignetError, Unreachable, Unsupported } from "./errors.js";

/** @typedef {"sign_in" | "step_up" | "sign_up" | "setup" | "add_passkey"} Kind */
/** @typedef {"begin" | "ask" | "finish"} Phase */
/** @typedef {"closed" | "unsupported" | "in-app" | "already-registered" | "unreachable" | "abandoned" | "unexpected"} Code */

/** @type {[Function, Code][]} */
const CODES = [
  [Closed, "closed"],
  [Unsupported, "unsupported"],
  [AlreadyHere, "already-registered"],
  [Unreachable, "unreachable"],
];

/** Those that the server has a word for. */
const NAMES = [
  "AbortError",
  "ConstraintError",
  "DataError",
  "EncodingError",
  "InvalidStateError",
  "NotAllowedError",
  "NotReadableError",
  "NotSupportedError",
  "OperationError",
  "SecurityError",
  "TimeoutError",
  "TypeError",
  "UnknownError",
];

/** One ceremony, from its beginning to its end, or to that of its page. */
export class Watch {
  /** @type {Phase} How far it has come. */
  phase = "begin";
  #kind;
  #began = performance.now();
  #capabilities = 0;
  #left = () => this.#tell("abandoned");

  /** @param {Kind} kind */
  constructor(kind) {
    this.#kind = kind;
    void capabilities().then((known) => (this.#capabilities = fingerprint(known)));
  }

  /** From here on, whoever leaves the page leaves it undone. */
  begin() {
    addEventListener("pagehide", this.#left);
  }

  /** @param {unknown} error */
  failed(error) {
    const code = codeOf(error);
    if (code) this.#tell(code, nameOf(error));
  }

  end() {
    removeEventListener("pagehide", this.#left);
  }

  /**
   * @param {Code} code
   * @param {string} [name]
   */
  #tell(code, name) {
    const elapsed_ms = Math.round(performance.now() - this.#began);
    send({ code, ceremony: this.#kind, phase: this.phase, name, elapsed_ms, capabilities: this.#capabilities });
  }
}

/**
 * A ceremony that cannot even begin here.
 *
 * @param {Kind} ceremony
 * @param {Code} code
 */
export async function reportUnable(ceremony, code) {
  const elapsed_ms = Math.round(performance.now());
  send({ code, ceremony, phase: "begin", elapsed_ms, capabilities: fingerprint(await capabilities()) });
}

/**
 * `undefined`: the server said it, and knows.
 *
 * @param {unknown} error
 * @returns {Code | undefined}
 */
export function codeOf(error) {
  if (error instanceof SignetError && error.code) return undefined;
  return CODES.find(([kind]) => error instanceof kind)?.[1] ?? "unexpected";
}

/**
 * @param {unknown} error
 * @returns {string | undefined} What the browser called it, if it was the browser.
 */
export function nameOf(error) {
  const said = error instanceof SignetError ? error.cause : error;
  if (!(said instanceof Error)) return undefined;
  return NAMES.includes(said.name) ? said.name : "OtherError";
}

/** @param {object} report */
function send(report) {
  const body = JSON.stringify({ ...report, is_visible: !document.hidden });
  const headers = { "content-type": "application/json" };
  // It outlives the page. Nobody waits for it, and nobody misses it.
  fetch("/api/v1/ceremony-reports", { method: "POST", headers, body, keepalive: true }).catch(() => {});
}
