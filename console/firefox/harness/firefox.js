/** A Firefox for one visitor, with a profile and an authenticator of its own. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import "../../tests/harness/held.js";
import { Lines } from "../../tests/harness/lines.js";
import { PATIENCE, within } from "../../tests/harness/within.js";
import { Marionette, Refused } from "./marionette.js";

/** It ends with its input, which is a pipe of ours, so that it ends when we do. */
const HELD = '"$@" </dev/null & cat >/dev/null; kill -KILL $!; wait $!';
const FLAGS = ["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"];
/** It makes its profile first, in milliseconds. */
const TO_START = 60_000;

const PREFERENCES = {
  "marionette.port": 0,
  "security.webauth.webauthn_enable_softtoken": true,
  "security.webauth.webauthn_enable_usbtoken": false,
  // A question of its own is answered as soon as it is asked.
  "security.notification_enable_delay": 0,
};

/** One that is built in, keeps its passkeys for itself and always says yes. */
const AUTHENTICATOR = {
  protocol: "ctap2_1",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserConsenting: true,
  isUserVerified: true,
};

/**
 * @typedef {object} Habits
 * @property {Record<string, boolean>} [preferences] What is different in this one.
 * @property {string[]} [without] What its `PublicKeyCredential` does not have, where no preference says so.
 */

export class Firefox {
  #folder;
  #process;
  #said;
  #url;
  /** @type {Marionette | undefined} */
  #control;
  /** @type {string | undefined} */
  #authenticatorId;

  /**
   * @param {string} folder
   * @param {string} url
   */
  constructor(folder, url) {
    this.#folder = folder;
    this.#url = url;
    const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
    this.#process = spawn("sh", ["-c", HELD, "sh", "firefox-esr", ...FLAGS, "--profile", folder], { env });
    this.#process.stdin.on("error", () => {}); // one that has ended reads no more
    this.#process.stderr.resume();
    this.#said = new Lines(this.#process.stdout);
  }

  /**
   * @param {string} url Where relative addresses start from.
   * @param {Habits} [habits]
   */
  static async arrive(url, { preferences = {}, without = [] } = {}) {
    const folder = await mkdtemp(join(tmpdir(), "signet-firefox-"));
    const lines = Object.entries({ ...PREFERENCES, ...preferences }).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(join(folder, "user.js"), lines.join(""));
    const firefox = new Firefox(folder, url);
    try {
      await firefox.#begin(without);
    } catch (error) {
      await firefox.leave();
      throw error;
    }
    return firefox;
  }

  /** @param {string[]} without */
  async #begin(without) {
    const heard = () => `Firefox to start\n${this.#said.last(20).join("\n")}`;
    this.#control = await Marionette.connect(await within(this.#said.first(listening), heard, TO_START));
    await this.#ask("WebDriver:NewSession", { timeouts: { script: PATIENCE, pageLoad: PATIENCE } });
    this.#authenticatorId = await this.#ask("WebAuthn:AddVirtualAuthenticator", AUTHENTICATOR);
    await this.#behind(prepareWindows, `(${preparesWindow})(${JSON.stringify(without)})`);
  }

  /** @returns {Promise<any[]>} */
  passkeys() {
    return this.#ask("WebAuthn:GetCredentials", { authenticatorId: this.#authenticatorId });
  }

  /**
   * Does the authenticator recognise its owner?
   *
   * @param {boolean} isUserVerified
   */
  async recognises(isUserVerified) {
    await this.#ask("WebAuthn:SetUserVerified", { authenticatorId: this.#authenticatorId, isUserVerified });
  }

  /** @param {string} address */
  async open(address) {
    await this.#ask("WebDriver:Navigate", { url: new URL(address, this.#url).href });
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  async fill(selector, text) {
    await this.#ask("WebDriver:ElementSendKeys", { id: reference(await this.until(seen, selector)), text });
  }

  /** @param {string} name Of a button. */
  async press(name) {
    await this.#ask("WebDriver:ElementClick", { id: reference(await this.until(seenButton, name)) });
  }

  /** @param {string} name Of a button below a question that Firefox itself asks. */
  async answers(name) {
    await this.#behind(pressesAnswer, name);
  }

  /** @param {string} path */
  async arrives(path) {
    await this.until(isAt, path);
  }

  /** @param {string} state Of a ceremony. */
  async shows(state) {
    await this.until(seen, `[data-state="${state}"]`);
  }

  /** @param {string} text */
  async reads(text) {
    await this.until(isRead, text);
  }

  /**
   * What this says in the page, once it says anything; meanwhile it may come to another page.
   *
   * @param {(...given: any[]) => unknown} look
   * @param {...unknown} given
   * @returns {Promise<any>}
   */
  async until(look, ...given) {
    const script = `(${looks})(${look}, ...arguments)`;
    const end = performance.now() + PATIENCE;
    for (;;) {
      try {
        return await this.#ask("WebDriver:ExecuteAsyncScript", { script, args: given });
      } catch (error) {
        if (error instanceof Refused && error.isBetweenPages && performance.now() < end) continue;
        throw new Error(`waited for ${look.name} ${JSON.stringify(given)}: ${/** @type {Error} */ (error).message}`);
      }
    }
  }

  /** What its pages complained about: errors on the console, in scripts, and against the policy of a page. */
  complaints() {
    return this.#behind(complained, this.#url);
  }

  async lastSight() {
    try {
      return `at ${await this.until(sight)}`;
    } catch (error) {
      return String(error);
    }
  }

  async leave() {
    this.#control?.hangUp();
    const ended = once(this.#process, "close");
    this.#process.stdin.end();
    await within(ended, () => "Firefox to end");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * The same among Firefox's own scripts, behind all pages.
   *
   * @param {(...given: any[]) => unknown} look
   * @param {...unknown} given
   * @returns {Promise<any>}
   */
  async #behind(look, ...given) {
    await this.#ask("Marionette:SetContext", { value: "chrome" });
    try {
      return await this.until(look, ...given);
    } finally {
      await this.#ask("Marionette:SetContext", { value: "content" });
    }
  }

  /**
   * @param {string} command
   * @param {object} [parameters]
   */
  #ask(command, parameters) {
    if (!this.#control) throw new Error("Firefox does not listen yet");
    return this.#control.ask(command, parameters);
  }
}

/** @type {import("../../tests/harness/lines.js").Pick<number>} */
function listening(line) {
  const port = /Listening on port (\d+)/.exec(line)?.[1];
  return port ? Number(port) : undefined;
}

/** @param {Record<string, string>} element */
const reference = (element) => Object.values(element)[0];

// From here on: what runs in Firefox.

/**
 * @param {(...given: any[]) => unknown} look
 * @param {...any} given And, at the end, whom to tell.
 */
function looks(look, ...given) {
  const tell = given.pop();
  const again = () => {
    const seen = look(...given);
    if (seen) tell(seen);
    else setTimeout(again, 10);
  };
  again();
}

/** @param {string} selector */
function seen(selector) {
  const element = document.querySelector(selector);
  return element?.checkVisibility() && element;
}

/** @param {string} name */
function seenButton(name) {
  const buttons = [...document.querySelectorAll("button")];
  return buttons.find((button) => button.checkVisibility() && button.innerText.trim() === name);
}

/** @param {string} path */
const isAt = (path) => location.pathname === path && document.readyState === "complete";

/** @param {string} text */
const isRead = (text) => document.body?.innerText.includes(text);

const sight = () => `${location.href}:\n${document.body.innerText.replaceAll(/\n+/g, "\n    ")}`;

/**
 * Every window of a page, before its own scripts.
 *
 * @param {string} script
 */
function prepareWindows(script) {
  const { Services } = /** @type {any} */ (globalThis);
  Services.mm.loadFrameScript(`data:application/javascript,${encodeURIComponent(script)}`, true);
  return true;
}

/**
 * What it writes to its console as an error comes to where its faults come.
 *
 * @param {string[]} without
 */
function preparesWindow(without) {
  addEventListener("DOMWindowCreated", (/** @type {any} */ { target }) => {
    const page = target.defaultView.wrappedJSObject;
    page.console.error = page.reportError.bind(page);
    for (const name of without) Reflect.deleteProperty(page.PublicKeyCredential ?? {}, name);
  });
}

/** @param {string} name */
function pressesAnswer(name) {
  const { panel } = /** @type {any} */ (globalThis).PopupNotifications;
  const question = panel.state === "open" && panel.firstElementChild;
  const button = question && [question.button, question.secondaryButton].find(({ label }) => label === name);
  if (typeof button?.click !== "function") return false; // it is still being made
  button.click();
  return true;
}

/** @param {string} url */
function complained(url) {
  const { Ci, Services } = /** @type {any} */ (globalThis);
  const faults = Services.console.getMessageArray().filter(
    (/** @type {any} */ message) =>
      message instanceof Ci.nsIScriptError &&
      !(message.flags & Ci.nsIScriptError.warningFlag) &&
      message.sourceName.startsWith(url),
  );
  return faults.map((/** @type {any} */ { sourceName, errorMessage }) => `${sourceName}: ${errorMessage}`);
}
