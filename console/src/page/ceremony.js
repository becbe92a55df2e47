/**
 * What the pages with a ceremony have in common: running it, stopping it, saying how it ended.
 */

import * as signet from "../signet.js";
import { isEmbedded } from "../embedded.js";
import { Stage, fill } from "./stage.js";

/** After this long a person is told that nothing has failed. */
const SLOW = 12_000;

/** @typedef {Required<Pick<signet.Way, "signal" | "answered">>} Way */
/** @typedef {(form: HTMLFormElement | null, button?: HTMLElement) => void} Act */

/** How each failure is shown. What is not listed is ours. */
/** @type {[Function, string][]} */
const STATES = [
  [signet.Closed, "closed"],
  [signet.BeginAgain, "closed"],
  [signet.NotAccepted, "refused"],
  [signet.KindNotAccepted, "kind"],
  [signet.OtherPasskeyRequired, "doubted"],
  [signet.PasskeyOnHold, "on-hold"],
  [signet.PasskeyRemoved, "removed"],
  [signet.PasskeyUnknown, "removed"],
  [signet.Unsupported, "unsupported"],
  [signet.AlreadyHere, "already"],
  [signet.LinkEnded, "link-ended"],
  [signet.TooMany, "break"],
  [signet.Unreachable, "unreachable"],
];

export class Ceremony {
  /** @type {Map<string, Act>} */
  #acts = new Map();
  /** @type {AbortController | null} */
  #running = null;
  /** @type {Promise<void>} */
  #settled = Promise.resolve();
  /** @type {((way: Way) => Promise<unknown>) | null} */
  #last = null;
  /** The server has said yes, and the next page is on its way. */
  #over = false;

  /**
   * @param {HTMLElement} root
   * @param {object} [ways]
   * @param {() => Promise<void>} [ways.before] makes room: a browser runs one ceremony at a time
   * @param {() => void} [ways.back] leads to where the ceremony began
   * @param {() => Promise<void>} [ways.after] what is still to be done before the next page opens
   */
  constructor(root, { before, back, after } = {}) {
    this.root = root;
    this.stage = new Stage(root);
    this.before = before ?? (() => Promise.resolve());
    this.after = after ?? (() => Promise.resolve());
    this.on("cancel", () => this.#running?.abort());
    this.on("again", () => this.#last && this.run(this.#last));
    const begin = back ?? (() => this.stage.show("ready"));
    this.on("back", () => void this.stop().then(begin));
    this.on("try-here", begin);
    this.on("copy", () => void copy(root));
    root.addEventListener("click", (event) => this.#clicked(event));
    root.addEventListener("submit", (event) => this.#submitted(event));
    // Back from the next page, a browser may show this one as it was left: with a seal on it that is history.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  /**
   * @param {string} name
   * @param {Act} act
   */
  on(name, act) {
    this.#acts.set(name, act);
  }

  /** Can a passkey be used here at all? If not, say so and where to go. */
  ready() {
    fill(this.root, { here: location.origin + location.pathname + location.search });
    if (isEmbedded(navigator.userAgent)) this.#unable("in-app");
    else if (!signet.isSupported()) this.#unable("unsupported");
    else return true;
    return false;
  }

  /** @param {"in-app" | "unsupported"} state */
  #unable(state) {
    this.stage.show(state);
    void signet.reportUnable(/** @type {signet.Kind} */ (this.root.dataset.ceremony), state);
  }

  /**
   * Run a ceremony from here to the next page. One that still runs is stopped first.
   *
   * @param {(way: Way) => Promise<unknown>} task
   */
  run(task) {
    this.#last = task;
    this.#settled = this.#run(task, this.stop());
  }

  /** Stop what runs, and wait until the browser has let go of it. */
  async stop() {
    const running = this.#running;
    this.#running = null;
    running?.abort();
    await this.#settled;
  }

  /**
   * @param {(way: Way) => Promise<unknown>} task
   * @param {Promise<void>} room
   */
  async #run(task, room) {
    const mine = new AbortController();
    this.#running = mine;
    clearFaults(this.root);
    this.stage.show("running");
    const slow = setTimeout(() => this.#running === mine && this.stage.show("slow"), SLOW);
    try {
      await room;
      await this.before();
      if (this.#over) return;
      await task({ signal: mine.signal, answered: () => clearTimeout(slow) });
      await this.done();
    } catch (error) {
      // Whoever stopped it shows something else by now.
      if (this.#running === mine) this.fail(error);
    } finally {
      clearTimeout(slow);
    }
  }

  async done() {
    this.#over = true;
    this.stage.show("done");
    await this.after();
    // The server let only local paths through; here is the last place to see that none leads away.
    const next = new URL(this.root.dataset.next ?? "/", location.href);
    location.assign(next.origin === location.origin ? next.href : "/");
  }

  /** @param {unknown} error */
  fail(error) {
    if (error instanceof signet.SignInRequired) {
      location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else if (error instanceof signet.SignUpClosed) {
      location.reload(); // the server says so on a page of its own
    } else if (error instanceof signet.FieldFault && this.stage.has("ready")) {
      this.stage.show("ready");
      showFault(this.root, error);
    } else {
      const state = STATES.find(([kind]) => error instanceof kind)?.[1] ?? "ours";
      if (!(error instanceof signet.SignetError)) console.error(error);
      this.stage.show(this.stage.has(state) ? state : "ours", slots(error));
    }
  }

  /** @param {Event} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    const button = /** @type {HTMLElement | null} */ (target?.closest("button[data-act]"));
    this.#acts.get(button?.dataset.act ?? "")?.(null, button ?? undefined);
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const act = this.#acts.get(form.dataset.act ?? "");
    if (!act) return;
    event.preventDefault();
    act(form);
  }
}

/**
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
function slots(error) {
  if (!(error instanceof signet.SignetError)) return {};
  const told = { code: error.code, detail: error.message };
  return error instanceof signet.TooMany ? { ...told, until: clock(error.until) } : told;
}

/**
 * Hours and minutes as this person writes them, of the first full minute that is late enough.
 *
 * @param {Date} moment
 */
function clock(moment) {
  const minute = 60_000;
  const late = new Date(Math.ceil(moment.getTime() / minute) * minute);
  return late.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/**
 * @param {HTMLElement} root
 * @param {signet.FieldFault} fault
 */
function showFault(root, { member, sentence }) {
  const known = [member, "whole", "name"].map((name) => root.querySelector(`[data-fault="${CSS.escape(name)}"]`)).find(Boolean);
  if (!(known instanceof HTMLElement)) return;
  const words = known.querySelector("span");
  if (words) words.textContent = sentence;
  known.hidden = false;
  const field = root.querySelector(`[aria-describedby~="${known.id}"]`);
  if (!(field instanceof HTMLElement)) return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/** @param {HTMLElement} root */
function clearFaults(root) {
  /** @type {NodeListOf<HTMLElement>} */
  const faults = root.querySelectorAll("[data-fault]");
  for (const fault of faults) fault.hidden = true;
  for (const field of root.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** @param {HTMLElement} root */
async function copy(root) {
  const seen = root.querySelector("[data-state]:not([hidden])");
  const address = seen?.querySelector('[data-slot="here"]');
  const said = seen?.querySelector("[data-copied]");
  if (!address) return;
  try {
    await navigator.clipboard.writeText(address.textContent ?? "");
    if (said instanceof HTMLElement) said.hidden = false;
  } catch {
    // Not allowed here: mark it, so that it can be copied by hand.
    getSelection()?.selectAllChildren(address);
  }
}

/** The one ceremony of this page. */
export function root() {
  const found = document.querySelector("[data-ceremony]");
  if (!(found instanceof HTMLElement)) throw new Error("this page has no ceremony");
  return found;
}
