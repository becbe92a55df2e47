/** Ways in, and what does not come through them. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import {
  API,
  administrator,
  arrives,
  beforeNext,
  isSignedIn,
  passkeyButton,
  shows,
  signIn,
  signOut,
  twin,
} from "./harness/steps.js";

/** @typedef {import("playwright-core").Page} Page */

/** Has the page asked the browser to offer passkeys under its field? */
function countsOffers() {
  const ask = navigator.credentials.get.bind(navigator.credentials);
  Object.assign(window, { offers: 0 });
  navigator.credentials.get = (options) => {
    if (options?.mediation === "conditional") Object.assign(window, { offers: /** @type {any} */ (window).offers + 1 });
    return ask(options);
  };
}

/** @param {Page} page */
const isOffered = (page) => page.waitForFunction(() => /** @type {any} */ (window).offers > 0);

onBothEngines("by the button, out, and in again", async (_, house) => {
  const owner = await administrator(house);
  await signOut(owner.page);
  assert.equal(await isSignedIn(owner), false);
  await look(owner.page, "sign-in");
  await signIn(owner);
  assert.equal((await owner.authenticator.passkey()).signCount, 2);
});

onBothEngines("what the browser keeps is bound to this host and out of reach of scripts", async (_, house) => {
  const owner = await administrator(house);
  const cookies = await owner.cookies();
  assert.ok(cookies.length > 0);
  for (const { name, secure, httpOnly, sameSite, path } of cookies) {
    assert.match(name, /^__Host-/);
    assert.deepEqual([secure, httpOnly, sameSite, path], [true, true, "Lax", "/"]);
  }
  const kept = await owner.page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
  assert.deepEqual(kept, ["", 0, 0]);
});

onBothEngines("by autofill, without a press", async (_, house) => {
  const visitor = await twin(house, await administrator(house), { autofill: true });
  await visitor.open("/sign-in");
  await arrives(visitor.page, "/account");
});

onBothEngines("by the button while autofill waits", async (_, house) => {
  const visitor = await twin(house, await administrator(house), { autofill: true });
  await visitor.page.addInitScript(countsOffers);
  await visitor.authenticator.attended(false);
  await visitor.open("/sign-in");
  await isOffered(visitor.page);
  await visitor.authenticator.attended(true);
  await passkeyButton(visitor.page).click();
  await arrives(visitor.page, "/account");
});

onBothEngines("by name, in any of its spellings", async (_, house) => {
  const owner = await administrator(house);
  for (const name of ["maren", "MAREN", " ｍaren "]) {
    await signOut(owner.page);
    await owner.page.locator("#name").fill(name);
    await owner.page.getByRole("button", { name: "Continue" }).click();
    await arrives(owner.page, "/account");
  }
});

onBothEngines("with the keyboard alone", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await signOut(page);
  await shows(page, "ready");
  await reach(page, "Sign in with a passkey");
  await page.keyboard.press("Enter");
  await arrives(page, "/account");
  await reach(page, "Skip to your account");
  await reach(page, "Sign out");
  await page.keyboard.press("Enter");
  await arrives(page, "/sign-in");
});

/**
 * Walks on until it stands there; every stop on the way is seen.
 *
 * @param {Page} page
 * @param {string} name
 */
async function reach(page, name) {
  for (let step = 0; step < 20; step += 1) {
    await page.keyboard.press("Tab");
    const [text, ring] = await page.evaluate(() => {
      const focused = /** @type {HTMLElement} */ (document.activeElement);
      const framed = focused.closest(".joined") ?? focused;
      const rings = [focused, framed].map((element) => getComputedStyle(element));
      return [focused.innerText.trim(), rings.some(({ outlineStyle }) => outlineStyle !== "none")];
    });
    assert.ok(ring, `the focus is seen on ${text}`);
    if (text === name) return;
  }
  assert.fail(`"${name}" was not reached`);
}

onBothEngines("back to where one wanted to go, and nowhere else", async (_, house) => {
  const owner = await administrator(house);
  await signOut(owner.page);
  await owner.open("/account");
  await arrives(owner.page, "/sign-in");
  await passkeyButton(owner.page).click();
  await arrives(owner.page, "/account");
  for (const next of ["https://else.example/", "//else.example/", "/\\else.example", "javascript:alert(1)"]) {
    await signOut(owner.page);
    await owner.open(`/sign-in?next=${encodeURIComponent(next)}`);
    await passkeyButton(owner.page).click();
    await arrives(owner.page, "/account");
    assert.equal(new URL(owner.page.url()).origin, house.url);
  }
});

onBothEngines("a ceremony that took too long begins again by itself", async (_, house) => {
  const owner = await administrator(house);
  await signOut(owner.page);
  const states = await recorded(owner.page);
  owner.expectRefusal(`${API.signIn}/finish`);
  await beforeNext(owner.page, `${API.signIn}/finish`, () => house.clock.advance(181));
  await passkeyButton(owner.page).click();
  await arrives(owner.page, "/account");
  assert.deepEqual(states.filter((state) => !["ready", "running", "done"].includes(state)), [], "nothing failed");
});

/**
 * Every state that is shown from now on.
 *
 * @param {Page} page
 */
async function recorded(page) {
  /** @type {string[]} */
  const states = [];
  await page.exposeFunction("shown", (/** @type {string} */ state) => states.push(state));
  await page.evaluate(() => {
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const { hidden, dataset } = /** @type {HTMLElement} */ (target);
        if (!hidden && dataset.state) void (/** @type {any} */ (window).shown(dataset.state));
      }
    }).observe(document, { subtree: true, attributeFilter: ["hidden"] });
  });
  return states;
}

onBothEngines("a passkey chosen from autofill too late is asked for once more", async (_, house) => {
  const visitor = await twin(house, await administrator(house), { autofill: true });
  visitor.expectRefusal(`${API.signIn}/finish`);
  await beforeNext(visitor.page, `${API.signIn}/finish`, () => house.clock.advance(181));
  await visitor.open("/sign-in");
  await arrives(visitor.page, "/account");
});

onBothEngines("a passkey chosen from autofill that is refused is not the last word", async (_, house) => {
  const visitor = await twin(house, await administrator(house), { autofill: true });
  visitor.expectRefusal(`${API.signIn}/finish`);
  await visitor.authenticator.spoil({ isBogusSignature: true });
  await visitor.open("/sign-in");
  await shows(visitor.page, "refused");
  await visitor.authenticator.spoil();
  await visitor.page.getByRole("button", { name: "Use another passkey" }).click();
  await arrives(visitor.page, "/account");
});

onBothEngines("cancelled, tried again, and in", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await signOut(page);
  await owner.authenticator.attended(false);
  await passkeyButton(page).click();
  await shows(page, "running");
  await look(page, "sign-in-running");
  await page.getByRole("button", { name: "Cancel" }).click();
  await shows(page, "closed");
  await look(page, "sign-in-closed");
  await owner.authenticator.attended(true);
  await page.getByRole("button", { name: "Try again" }).click();
  await arrives(page, "/account");
});

onBothEngines("a finger that is not known, and a device without a passkey", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await signOut(page);
  await owner.authenticator.recognises(false);
  await passkeyButton(page).click();
  await shows(page, "closed");
  await page.getByRole("button", { name: "Use another name or way" }).click();
  await shows(page, "ready");

  await owner.authenticator.forget(await owner.authenticator.passkey());
  await passkeyButton(page).click();
  await shows(page, "closed");
  await page.getByRole("button", { name: "No passkey on this device?" }).click();
  await shows(page, "none-here");
  await look(page, "sign-in-none-here");
});

onBothEngines("an answer that is not what the passkey would have said", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await signOut(page);
  owner.expectRefusal(`${API.signIn}/finish`);
  for (const fault of [{ isBogusSignature: true }, { isBadUV: true }, { isBadUP: true }]) {
    await owner.authenticator.spoil(fault);
    await passkeyButton(page).click();
    await shows(page, "refused");
    await page.getByText(/say [0-9A-Z]{3}-\d{3}/).waitFor();
    await page.getByRole("button", { name: "Use another way" }).click();
    await shows(page, "ready");
  }
  assert.equal(await isSignedIn(owner), false);
  await owner.authenticator.spoil();
  await passkeyButton(page).click();
  await arrives(page, "/account");
});

/** How soon Chromium says so depends on the kinds of devices that are named. */
function holdsNothing() {
  navigator.credentials.get = () => Promise.reject(new DOMException("", "NotAllowedError"));
}

onBothEngines("a name that nobody has reads like one that somebody has", async (_, house) => {
  await administrator(house);
  const stranger = await house.visitor();
  const { page } = stranger;
  await page.addInitScript(holdsNothing);
  const seen = [];
  for (const name of ["maren", "nobody-at-all"]) {
    await stranger.open("/sign-in");
    await page.locator("#name").fill(name);
    await page.getByRole("button", { name: "Continue" }).click();
    await shows(page, "closed");
    seen.push(await page.locator("main").innerText());
  }
  assert.equal(seen[0], seen[1]);
});

onBothEngines("a copy of a passkey that was left behind opens nothing", async (_, house) => {
  const owner = await administrator(house);
  const thief = await house.visitor();
  await thief.authenticator.accept(await owner.authenticator.passkey());
  await signOut(owner.page);
  await signIn(owner);
  thief.expectRefusal(`${API.signIn}/finish`);
  await thief.open("/sign-in");
  await passkeyButton(thief.page).click();
  await shows(thief.page, "refused");
  assert.equal(await isSignedIn(thief), false);
  assert.equal(await isSignedIn(owner), true);
});
