/** Every kind of device that a browser can be given, and what becomes of those that lie. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import {
  API,
  SIGN_UP_OPEN,
  administrator,
  isAdded,
  isSignedIn,
  newcomer,
  passkeyButton,
  passkeyRows,
  shows,
  signIn,
  signOut,
} from "./harness/steps.js";

const SYNCED = { defaultBackupEligibility: true, defaultBackupState: true };

onBothEngines(
  "each kind of device makes a passkey and signs in with it",
  async (_, house) => {
    for (const [transport, badge] of /** @type {const} */ ([
      ["internal", "This device only"],
      ["usb", "Security key"],
      ["nfc", "Security key"],
      ["ble", "Security key"],
      ["hybrid", "Security key"], // a phone would say that it is built in, too
    ])) {
      const person = { name: `Owner of ${transport}`, username: transport };
      const visitor = await newcomer(house, person, { authenticator: { transport } });
      await signOut(visitor.page);
      await signIn(visitor);
      await passkeyRows(visitor.page).locator(".badge", { hasText: badge }).waitFor();
    }
  },
  SIGN_UP_OPEN,
);

onBothEngines("a passkey that is copied by its provider says so for ever, and may lose its copies", async (_, house) => {
  const owner = await administrator(house, { authenticator: SYNCED });
  await passkeyRows(owner.page).getByText("Synced", { exact: true }).waitFor();
  const passkey = await owner.authenticator.passkey();
  await owner.authenticator.mark(passkey, { backupState: false });
  await signOut(owner.page);
  await signIn(owner);

  await owner.authenticator.mark(passkey, { backupEligibility: false });
  await signOut(owner.page);
  owner.expectRefusal(`${API.signIn}/finish`);
  await passkeyButton(owner.page).click();
  await shows(owner.page, "refused");
  assert.equal(await isSignedIn(owner), false);
});

onBothEngines("a passkey whose count was turned back is a copy, and its owner reads of it", async (_, house) => {
  const owner = await administrator(house);
  await signOut(owner.page);
  await signIn(owner);
  const passkey = await owner.authenticator.passkey();
  await owner.authenticator.forget(passkey);
  await owner.authenticator.accept({ ...passkey, signCount: 0 });
  await signOut(owner.page);
  owner.expectRefusal(`${API.signIn}/finish`);
  await passkeyButton(owner.page).click();
  await shows(owner.page, "refused");
  assert.equal(await isSignedIn(owner), false);

  await owner.authenticator.forget(passkey);
  await owner.authenticator.accept({ ...passkey, signCount: 100 });
  await signIn(owner);
  await owner.page.getByText(/counted backwards: there may be a copy of it/).waitFor();
});

onBothEngines("a device that signs with lattices alone is as good as any", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await house.clock.advance(1);
  const key = await owner.plugIn({ transport: "usb" });
  await owner.authenticator.attended(false);
  await page.addInitScript(knowsOnly, ML_DSA_44);
  await owner.open("/account");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await isAdded(page);
  const { privateKey } = await key.passkey();
  assert.ok(atob(privateKey).includes(ML_DSA_44_OID), "the key is one of ML-DSA-44");
  await owner.authenticator.unplug();
  await signOut(page);
  await signIn(owner);
});

/** As COSE has it, and as the key itself is called in DER. */
const ML_DSA_44 = -48;
const ML_DSA_44_OID = "\x60\x86\x48\x01\x65\x03\x04\x03\x11";

/**
 * Whatever a page offers, the device can do one thing.
 *
 * @param {number} algorithm
 */
function knowsOnly(algorithm) {
  const create = navigator.credentials.create.bind(navigator.credentials);
  navigator.credentials.create = (options) => {
    const offered = options?.publicKey?.pubKeyCredParams ?? [];
    const known = offered.filter(({ alg }) => alg === algorithm);
    return create({ ...options, publicKey: { .../** @type {any} */ (options?.publicKey), pubKeyCredParams: known } });
  };
}

/** @param {import("playwright-core").Page} page */
const offer = (page) => page.getByText("Next time, use this device");

onBothEngines("who came in with a phone may give this device a passkey too, or not now", async (_, house) => {
  const owner = await administrator(house, { authenticator: { transport: "hybrid", ...SYNCED } });
  const { page } = owner;
  await signOut(page);
  await signIn(owner);
  await page.getByRole("heading", { name: "Passkeys" }).waitFor();
  assert.equal(await offer(page).isVisible(), false, "this device could not keep one");

  const here = await owner.plugIn({ transport: "internal" });
  await signOut(page);
  await signIn(owner);
  await offer(page).waitFor();
  await look(page, "account-offer");
  await page.getByRole("button", { name: "Not now" }).first().click();
  assert.equal(await offer(page).isVisible(), false);
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  assert.equal(focused, "Add a passkey");
  await owner.open("/account");
  assert.equal(await offer(page).count(), 0, "it is not said again");

  await signOut(page);
  await signIn(owner);
  await page.getByRole("button", { name: "Add this device" }).click();
  await isAdded(page);
  assert.equal((await here.passkeys()).length, 1, "it is this device that was asked");
  assert.equal(await passkeyRows(page).count(), 2);

  await owner.authenticator.unplug();
  await signOut(page);
  await signIn(owner);
  await page.getByRole("heading", { name: "Passkeys" }).waitFor();
  assert.equal(await offer(page).count(), 0, "it was this device");
});

onBothEngines("who came in with a security key keeps to it", async (_, house) => {
  const owner = await administrator(house, { authenticator: { transport: "usb" } });
  await owner.plugIn({ transport: "internal" });
  await signOut(owner.page);
  await signIn(owner);
  await owner.page.getByRole("heading", { name: "Passkeys" }).waitFor();
  assert.equal(await offer(owner.page).count(), 0);
});

onBothEngines("what this device has at hand is offered before anything else", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await page.addInitScript(recordsModes);
  await signOut(page);
  await signIn(owner);
  await signOut(page);
  await owner.authenticator.forget(await owner.authenticator.passkey());
  await passkeyButton(page).click();
  await shows(page, "closed");
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).modes), ["immediate", "modal"]);
});

/** How the browser was asked on this page. */
function recordsModes() {
  const ask = navigator.credentials.get.bind(navigator.credentials);
  /** @type {string[]} */
  const modes = [];
  Object.assign(window, { modes });
  navigator.credentials.get = (/** @type {any} */ options) => {
    modes.push(options?.uiMode ?? options?.mediation ?? "modal");
    return ask(options);
  };
}
