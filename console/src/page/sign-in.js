import {
  Closed,
  NotAccepted,
  PasskeyOnHold,
  PasskeyRemoved,
  PasskeyUnknown,
  canAutofill,
  signIn,
  signInFromAutofill,
  signalKnown,
} from "../signet.js";
import { Ceremony, root } from "./ceremony.js";

const page = new Ceremony(root(), { before: disarm, back, after });
const hint = page.root.querySelector("[data-hint]");
const onceMore = page.root.querySelector("[data-once-more]");

/** What was typed before “Continue”; the other buttons ask the device for whatever it has. */
let identifier = "";
/** The kind of device that was asked for last, if it was a kind. @type {string[] | undefined} */
let hints;
/** The address of before whose passkey was asked for last, if it was one. @type {string | undefined} */
let domain;
/** @type {AbortController | null} */
let armed = null;
/** @type {Promise<void>} */
let disarmed = Promise.resolve();

page.on("begin", () => start(""));
page.on("continue", (form) => start(form ? String(new FormData(form).get("name") ?? "").trim() : ""));
page.on("phone", () => start(identifier, ["hybrid"]));
page.on("former", (_form, button) => start(identifier, undefined, button?.dataset.domain));
page.on("key", () => start(identifier, ["security-key"]));
// Also after a passkey from the autofill list, where nothing was begun by a button.
page.on("again", () => start(identifier, hints, domain));
page.on("elsewhere", () => page.stage.show("none-here"));

if (page.ready()) arm();

/**
 * @param {string} name
 * @param {string[]} [wanted]
 * @param {string} [of]
 */
function start(name, wanted, of) {
  [identifier, hints, domain] = [name, wanted, of];
  page.run((way) => signIn({ ...way, identifier, hints, domain }));
}

/** The account's own page tells the browser by itself. */
function after() {
  return page.root.dataset.next === "/account" ? Promise.resolve() : signalKnown();
}

function back() {
  [identifier, hints, domain] = ["", undefined, undefined];
  page.stage.show("ready");
  arm();
}

/** Offer saved passkeys under the field while nothing else runs. */
function arm() {
  if (armed || page.stage.state !== "ready" || !(hint instanceof HTMLElement)) return;
  armed = new AbortController();
  disarmed = offer(armed, hint);
}

async function disarm() {
  armed?.abort();
  armed = null;
  await disarmed;
}

/**
 * @param {AbortController} mine
 * @param {HTMLElement} hint
 */
async function offer(mine, hint) {
  const began = performance.now();
  try {
    hint.hidden = !(await canAutofill());
    if (hint.hidden || mine.signal.aborted) return;
    await signInFromAutofill({ signal: mine.signal, again: () => sayOnceMore(hint) });
    await page.done();
  } catch (error) {
    if (mine.signal.aborted) return;
    armed = null;
    if ([NotAccepted, PasskeyOnHold, PasskeyRemoved, PasskeyUnknown].some((kind) => error instanceof kind)) {
      page.fail(error);
    } else if (error instanceof Closed && performance.now() - began > 1000) {
      // Chosen, then thought better of. Sooner than that it was the browser, and it would say the same again.
      arm();
    } else {
      hint.hidden = true;
      onSignOfLife(arm);
    }
  }
}

/**
 * Something was in the way, and may be out of it when the network is back or the person is.
 *
 * @param {() => void} act
 */
function onSignOfLife(act) {
  const signs = new AbortController();
  const once = () => {
    signs.abort();
    act();
  };
  addEventListener("online", once, { signal: signs.signal });
  document.addEventListener("visibilitychange", once, { signal: signs.signal });
  page.root.querySelector("#name")?.addEventListener("focus", once, { signal: signs.signal });
}

/** @param {HTMLElement} hint */
function sayOnceMore(hint) {
  hint.hidden = true;
  if (onceMore instanceof HTMLElement) onceMore.hidden = false;
}
