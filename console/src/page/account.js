import { Closed, addPasskey, stepUp } from "../signet.js";
import { Ceremony, root } from "./ceremony.js";

const page = new Ceremony(root(), { back: close });
const add = document.querySelector("[data-add]");

page.on("try-here", () => page.run(enrol));

add?.addEventListener("click", () => {
  open(true);
  if (page.ready()) page.run(enrol);
});

function close() {
  open(false);
  if (add instanceof HTMLElement) add.focus();
}

/**
 * One button at a time asks for a passkey: that of the list, or one on the sheet.
 *
 * @param {boolean} sheet
 */
function open(sheet) {
  page.root.hidden = !sheet;
  if (add instanceof HTMLElement) add.hidden = sheet;
}

/** @param {import("./ceremony.js").Way} way */
function enrol(way) {
  return addPasskey({ ...way, confirm: () => confirm(way) });
}

/**
 * First the passkey they have, then the one they make: two questions of the browser in a row, so the page says which
 * is which. A browser wants a press of a button before each; if the first took long, ours has run out.
 *
 * @param {import("./ceremony.js").Way} way
 */
async function confirm(way) {
  page.stage.show("confirming");
  await stepUp(way);
  if (navigator.userActivation?.isActive === false) {
    page.stage.show("confirmed");
    await pressed(way.signal);
  }
  page.stage.show("running");
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pressed(signal) {
  return new Promise((go, stop) => {
    page.on("go-on", () => go());
    signal.addEventListener("abort", () => stop(new Closed()), { once: true });
  });
}
