/** A person's own page: passkeys and sessions. */

import assert from "node:assert/strict";

import { blank, page as blankPage } from "./harness/blank.js";
import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import {
  API,
  administrator,
  arrives,
  beforeNext,
  isAdded,
  isSignedIn,
  passkeyButton,
  passkeyRows,
  sessionRows,
  shows,
  signIn,
  twin,
} from "./harness/steps.js";

/** @typedef {import("./harness/browser.js").Visitor} Visitor */
/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
const add = (page) => page.getByRole("button", { name: "Add a passkey" }).click();

/**
 * A security key beside the built-in passkey, which stays silent meanwhile. It comes later, and second in the list.
 *
 * @param {import("./harness/house.js").House} house
 * @param {Visitor} visitor
 */
async function addKey(house, visitor) {
  await house.clock.advance(1);
  const key = await visitor.plugIn({ transport: "usb" });
  await visitor.authenticator.attended(false);
  await add(visitor.page);
  await isAdded(visitor.page);
  await visitor.authenticator.attended(true);
  return key;
}

/**
 * @param {Page} page
 * @param {import("playwright-core").Locator} row
 * @param {string} name
 */
async function rename(page, row, name) {
  await row.locator("summary").click();
  await row.getByRole("textbox").fill(name);
  await row.getByRole("button", { name: "Save" }).click();
  await arrives(page, "/account");
  await passkeyRows(page).getByText(name, { exact: true }).first().waitFor();
}

onBothEngines("a passkey gets another name", async (_, house) => {
  const owner = await administrator(house);
  await rename(owner.page, passkeyRows(owner.page).first(), "Laptop at work");
  await owner.page.locator("main [role=status]").first().waitFor();
  await look(owner.page, "account-renamed");
});

onBothEngines("a second passkey is added, and each opens the account", async (_, house) => {
  const owner = await administrator(house);
  const key = await addKey(house, owner);
  assert.equal(await passkeyRows(owner.page).count(), 2);
  await look(owner.page, "account-two-passkeys");
  const [mine] = await key.passkeys();
  const elsewhere = await house.visitor();
  await elsewhere.authenticator.accept(/** @type {any} */ (mine));
  await signIn(elsewhere);
  assert.equal(await sessionRows(elsewhere.page).count(), 2);
});

onBothEngines("a device that has a passkey already is told apart", async (_, house) => {
  const owner = await administrator(house);
  await add(owner.page);
  await shows(owner.page, "already");
  await look(owner.page, "account-already");
  await owner.page.getByRole("button", { name: "Not now" }).click();
  await owner.page.locator("[data-ceremony]").waitFor({ state: "hidden" });
  const focused = await owner.page.evaluate(() => document.activeElement?.textContent);
  assert.equal(focused, "Add a passkey", "the focus is back where it began");
  assert.equal(await passkeyRows(owner.page).count(), 1);
});

onBothEngines("who has been away for a while is asked first who is there", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  owner.expectRefusal(`${API.register}/begin`);
  await house.clock.advance(301);

  await owner.authenticator.attended(false);
  await add(page);
  await shows(page, "confirming");
  await look(page, "account-confirming");
  await page.getByRole("button", { name: "Cancel" }).click();
  await shows(page, "closed");

  const key = await owner.plugIn({ transport: "usb" });
  await owner.authenticator.attended(true);
  await key.attended(false);
  await beforeNext(page, `${API.stepUp}/finish`, async () => {
    await owner.authenticator.attended(false);
    await key.attended(true);
  });
  await page.getByRole("button", { name: "Try again" }).click();
  await isAdded(page);
  assert.equal(await passkeyRows(page).count(), 2);
});

onBothEngines("whose press of a button has run out meanwhile is asked for another", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  owner.expectRefusal(`${API.register}/begin`);
  await page.addInitScript(() => Object.defineProperty(navigator, "userActivation", { value: { isActive: false } }));
  await owner.open("/account");
  await house.clock.advance(301);
  await add(page);
  await shows(page, "confirmed");
  await look(page, "account-confirmed");
  await owner.plugIn({ transport: "usb" });
  await owner.authenticator.attended(false);
  await page.getByRole("button", { name: "Make the new passkey" }).click();
  await isAdded(page);
  assert.equal(await passkeyRows(page).count(), 2);
});

onBothEngines("a passkey is removed: it opens nothing any more, and what it opened is closed", async (_, house) => {
  const owner = await administrator(house);
  const key = await addKey(house, owner);
  const [carried] = await key.passkeys();
  const elsewhere = await house.visitor();
  await elsewhere.authenticator.accept(/** @type {any} */ (carried));
  await signIn(elsewhere);

  await owner.open("/account");
  await passkeyRows(owner.page).nth(1).getByRole("link", { name: "Remove" }).click();
  await owner.page.getByRole("heading", { name: /^Remove / }).waitFor();
  await look(owner.page, "remove");
  await owner.page.getByRole("button", { name: "Remove this passkey" }).click();
  await arrives(owner.page, "/account");
  assert.equal(await passkeyRows(owner.page).count(), 1);

  assert.equal(await isSignedIn(elsewhere), false, "the session it opened has ended");
  elsewhere.expectRefusal(`${API.signIn}/finish`);
  await passkeyButton(elsewhere.page).click();
  await shows(elsewhere.page, "removed");
  await look(elsewhere.page, "sign-in-removed");
  assert.deepEqual(await elsewhere.authenticator.passkeys(), [], "the browser is told to offer it no more");
});

onBothEngines("removing asks again who is there, after a while", async (_, house) => {
  const owner = await administrator(house);
  const key = await addKey(house, owner);
  await key.attended(false);
  await house.clock.advance(301);
  await passkeyRows(owner.page).nth(1).getByRole("link", { name: "Remove" }).click();
  await shows(owner.page, "ready");
  await look(owner.page, "remove-step-up");
  await owner.page.getByRole("button", { name: "Confirm with a passkey" }).click();
  await owner.page.getByRole("button", { name: "Remove this passkey" }).click();
  await arrives(owner.page, "/account");
  assert.equal(await passkeyRows(owner.page).count(), 1);
});

onBothEngines("the only way in stays", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  const link = passkeyRows(page).first().getByRole("link", { name: "Remove" });
  assert.equal(await link.getAttribute("aria-disabled"), "true");
  const path = String(await link.getAttribute("href"));
  await owner.open(path);
  await page.getByRole("heading", { name: /is your only way in$/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Remove this passkey" }).count(), 0);
  await look(page, "remove-last");

  owner.expectRefusal(path);
  await page.evaluate((path) => fetch(path, { method: "POST", redirect: "manual" }).then(() => {}), path);
  await owner.open("/account");
  assert.equal(await passkeyRows(page).count(), 1, "not even by force");
});

onBothEngines("a new passkey cannot put out the one before it", async (_, house) => {
  const owner = await administrator(house);
  await house.clock.advance(60);
  const key = await addKey(house, owner);
  const [carried] = await key.passkeys();
  const intruder = await house.visitor();
  await intruder.authenticator.accept(/** @type {any} */ (carried));
  await signIn(intruder);
  await passkeyRows(intruder.page).first().getByRole("link", { name: "Remove" }).click();
  await intruder.page.getByRole("heading", { name: /^You can remove/ }).waitFor();
  await look(intruder.page, "remove-too-new");
  await owner.open("/account");
  assert.equal(await passkeyRows(owner.page).count(), 2);
});

onBothEngines("a session ended elsewhere is dead on its next request, on every node", async (_, house) => {
  const owner = await administrator(house);
  const doors = house.engine === "postgres" ? ["", await house.secondNode()] : [""];
  for (const door of doors) {
    const elsewhere = await twin(house, owner);
    await signIn(elsewhere);
    assert.equal(await isSignedIn(elsewhere, door), true);

    await owner.open("/account");
    assert.equal(await sessionRows(owner.page).count(), 2);
    await sessionRows(owner.page).getByRole("button", { name: /^End/ }).click();
    await arrives(owner.page, "/account");
    assert.equal(await sessionRows(owner.page).count(), 1);

    assert.equal(await isSignedIn(elsewhere, door), false);
    assert.equal(await isSignedIn(owner, door), true);
  }
});

onBothEngines("all the others are ended at once", async (_, house) => {
  const owner = await administrator(house);
  const others = [await twin(house, owner), await twin(house, owner)];
  for (const other of others) await signIn(other);
  await owner.open("/account");
  await owner.page.getByRole("button", { name: "End all the others" }).click();
  await arrives(owner.page, "/account");
  for (const other of others) assert.equal(await isSignedIn(other), false);
  assert.equal(await isSignedIn(owner), true);
});

onBothEngines("a page from elsewhere ends no session", async (_, house) => {
  const owner = await administrator(house);
  const forms = ["/sign-out", "/account/sessions/end-others"].map(
    (path) => `<form action="${house.url}${path}" method="post"><button>${path}</button></form>`,
  );
  const elsewhere = await blank(() => ({ body: blankPage(forms.join("")) }));
  try {
    for (const path of ["/sign-out", "/account/sessions/end-others"]) {
      owner.expectRefusal(path);
      await owner.open(elsewhere.url);
      await owner.page.getByRole("button", { name: path }).click();
      await owner.page.waitForURL((url) => url.origin === house.url);
      assert.equal(await isSignedIn(owner), true);
    }
  } finally {
    elsewhere.close();
  }
});
