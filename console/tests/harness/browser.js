/** One Chromium for all tests of a file; for each visitor a context, a page and an authenticator of their own. */

import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after } from "node:test";

import { chromium } from "playwright-core";

import { Authenticator } from "./authenticator.js";
import "./held.js";
import { Watch } from "./watch.js";
import { PATIENCE, within } from "./within.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @type {Promise<import("playwright-core").Browser> | undefined} */
let launched;

function browser() {
  launched ??= launch();
  return launched;
}

/**
 * Another Chromium, which whoever launches it closes.
 *
 * @param {{ home?: string, flags?: string[] }} [surroundings]
 */
export function launch({ home = tmpdir(), flags = [] } = {}) {
  return chromium.launch({
    executablePath: found("chromium"),
    args: [...FLAGS, ...flags],
    env: { PATH: process.env.PATH ?? "", HOME: home, TMPDIR: tmpdir() },
    // A signal ends us, and Chromium ends with the pipe that we hold.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

after(async () => (await launched)?.close());

/** @param {string} program */
function found(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // The next one may have it.
    }
  }
  throw new Error(`no ${program} in the PATH`);
}

/**
 * @typedef {object} Habits
 * @property {boolean} [scripts] Do pages run scripts? They do, unless it is said.
 * @property {boolean} [autofill] Does the browser offer passkeys under a field? Only where it is said: the virtual
 *   authenticator would take every offer at once, before anybody could press a button.
 * @property {string} [userAgent] What the browser calls itself.
 * @property {import("./authenticator.js").Kind | null} [authenticator] `null`: none is plugged in.
 * @property {Promise<import("playwright-core").Browser>} [chromium] Another than that of all tests of the file.
 */

/** A browser without autofill for passkeys. */
function withoutAutofill() {
  if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
}

export class Visitor {
  #context;
  #session;
  #watch;
  /** @type {Authenticator | undefined} */
  #authenticator;

  /**
   * @param {import("playwright-core").BrowserContext} context
   * @param {import("playwright-core").Page} page
   * @param {import("playwright-core").CDPSession} session
   */
  constructor(context, page, session) {
    this.#context = context;
    this.page = page;
    this.#session = session;
    this.#watch = new Watch(page);
  }

  /**
   * @param {string} url Where relative addresses start from.
   * @param {Habits} habits
   */
  static async arrive(url, { scripts = true, autofill = false, authenticator = {}, userAgent, chromium = browser() }) {
    const context = await (await chromium).newContext({
      baseURL: url,
      javaScriptEnabled: scripts,
      reducedMotion: "reduce",
      ...(userAgent && { userAgent }),
    });
    context.setDefaultTimeout(PATIENCE);
    if (!autofill) await context.addInitScript(withoutAutofill);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("WebAuthn.enable", { enableUI: false });
    const visitor = new Visitor(context, page, session);
    if (authenticator) visitor.#authenticator = await visitor.plugIn(authenticator);
    return visitor;
  }

  /** The authenticator this visitor came with. */
  get authenticator() {
    if (!this.#authenticator) throw new Error("this visitor came without an authenticator");
    return this.#authenticator;
  }

  /** @param {import("./authenticator.js").Kind} [kind] */
  plugIn(kind) {
    return Authenticator.plugIn(this.#session, kind);
  }

  /**
   * What the browser will have done to a passkey because a page told it something.
   *
   * @param {"credentialDeleted" | "credentialUpdated"} deed
   * @returns {Promise<any>}
   */
  sees(deed) {
    const seen = new Promise((resolve) => this.#session.once(/** @type {any} */ (`WebAuthn.${deed}`), resolve));
    return within(seen, () => deed);
  }

  /** @param {string} address */
  async open(address) {
    return this.page.goto(address);
  }

  /** @returns {Promise<import("playwright-core").Cookie[]>} */
  cookies() {
    return this.#context.cookies();
  }

  /**
   * The session of somebody else, as if this were their browser.
   *
   * @param {Visitor} other
   */
  async takeSession(other) {
    await this.#context.addCookies(await other.cookies());
  }

  /**
   * Answers of 400 to 499 from this path are what the test is about.
   *
   * @param {string} path
   */
  expectRefusal(path) {
    this.#watch.expect(path);
  }

  complaints() {
    return this.#watch.complaints();
  }

  /** Where this visitor is and what stands there, for whoever has to find out what went wrong. */
  async lastSight() {
    const text = this.page.locator("body").innerText({ timeout: 1_000 });
    const seen = await text.catch((/** @type {Error} */ error) => `(${error.message})`);
    return [`at ${this.page.url()}:`, ...seen.split("\n").filter(Boolean), ...this.complaints()].join("\n    ");
  }

  async leave() {
    await within(this.#context.close(), () => "the browser to close");
  }
}
