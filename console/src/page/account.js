import { AlreadyHere, Closed, addPasskey, canKeepPasskey, signalKnown, stepUp } from "../signet.js";
import { Ceremony, root } from "./ceremony.js";

const page = new Ceremony(root(), { back: close });
const add = document.querySelector("[data-add]");
const offer = document.querySelector("[data-offer]");

/** Which kind of device the new passkey is for; none: whichever they choose. @type {string[] | undefined} */
let hints;

page.on("try-here", () => page.run(enrol));
add?.addEventListener("click", () => begin());

void signalKnown();
if (offer instanceof HTMLElement) void offerThisDevice(offer);

/** @param {string[]} [wanted] */
function begin(wanted) {
  hints = wanted;
  open(true);
  if (page.ready()) page.run(enrol);
}

/**
 * Who came in with another device is asked once whether this one shall do next time, if it can.
 *
 * @param {HTMLElement} offer
 */
async function offerThisDevice(offer) {
  if (!(await canKeepPasskey())) return;
  offer.querySelector("[data-add-here]")?.addEventListener("click", () => {
    offer.hidden = true;
    begin(["client-device"]);
  });
  offer.querySelector("[data-not-now]")?.addEventListener("click", () => {
    offer.hidden = true;
    if (add instanceof HTMLElement) add.focus();
  });
  offer.hidden = false;
}

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
async function enrol(way) {
  try {
    await addPasskey({ ...way, hints, confirm: () => confirm(way) });
  } catch (error) {
    if (error instanceof AlreadyHere) hints = undefined; // what is left to them is another device
    throw error;
  }
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
