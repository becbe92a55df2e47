import { Closed, NotAccepted, PasskeyRemoved, canAutofill, signIn, signInFromAutofill } from "../signet.js";
import { Ceremony, root } from "./ceremony.js";

const page = new Ceremony(root(), { before: disarm, back });
const hint = page.root.querySelector("[data-hint]");
const onceMore = page.root.querySelector("[data-once-more]");

/** What was typed before “Continue”; the other buttons ask the device for whatever it has. */
let identifier = "";
/** @type {AbortController | null} */
let armed = null;
/** @type {Promise<void>} */
let disarmed = Promise.resolve();

page.on("begin", () => start(""));
page.on("continue", (form) => start(form ? String(new FormData(form).get("name") ?? "").trim() : ""));
page.on("phone", () => start(identifier, ["hybrid"]));
page.on("key", () => start(identifier, ["security-key"]));
page.on("elsewhere", () => page.stage.show("none-here"));

if (page.ready()) arm();

/**
 * @param {string} name
 * @param {string[]} [hints]
 */
function start(name, hints) {
  identifier = name;
  page.run((way) => signIn({ ...way, identifier, hints }));
}

function back() {
  identifier = "";
  page.stage.show("ready");
  arm();
}

/** Offer saved passkeys under the field while nothing else runs. */
function arm() {
  if (armed || !(hint instanceof HTMLElement)) return;
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
    page.done();
  } catch (error) {
    if (mine.signal.aborted) return;
    if (error instanceof NotAccepted || error instanceof PasskeyRemoved) {
      armed = null;
      page.fail(error);
    } else if (error instanceof Closed && performance.now() - began > 1000) {
      // Chosen, then thought better of. Sooner than that it was the browser, and it would say the same again.
      armed = null;
      arm();
    } else {
      hint.hidden = true;
    }
  }
}

/** @param {HTMLElement} hint */
function sayOnceMore(hint) {
  hint.hidden = true;
  if (onceMore instanceof HTMLElement) onceMore.hidden = false;
}
