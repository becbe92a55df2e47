/** Without scripts everything but the ceremony itself works. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import {
  MAREN,
  SIGN_UP_OPEN,
  administrator,
  arrives,
  isAdded,
  isSignedIn,
  passkeyRows,
  sessionRows,
  signIn,
  signOut,
  twin,
} from "./harness/steps.js";

/** @typedef {import("playwright-core").Page} Page */

/** A sentence says what is missing, and no button leads nowhere. */
const NEEDS_SCRIPTS = /needs scripts, and your browser has them turned off/;

/**
 * The owner of the first account, whose session is also in a browser that runs no scripts.
 *
 * @param {import("./harness/house.js").House} house
 */
async function ownerWithoutScripts(house) {
  const owner = await administrator(house);
  const plain = await house.visitor({ scripts: false, authenticator: null });
  await plain.takeSession(owner);
  await plain.open("/account");
  return { owner, plain, page: plain.page };
}

onBothEngines(
  "pages for strangers are whole and say what is missing",
  async (_, house) => {
    const visitor = await house.visitor({ scripts: false, authenticator: null });
    const { page } = visitor;
    await visitor.open("/setup");
    await page.getByText(NEEDS_SCRIPTS).waitFor();
    assert.equal(await page.getByRole("button").count(), 0);

    await visitor.open("/sign-in");
    await page.getByText(NEEDS_SCRIPTS).waitFor();
    await page.locator("#name").fill("maren");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Now your passkey" }).waitFor();
    await page.getByText(NEEDS_SCRIPTS).waitFor();

    await visitor.open("/sign-up");
    await page.locator("#display_name").fill(MAREN.name);
    await page.locator("#username").fill("two words");
    await page.getByRole("button", { name: "Create my passkey" }).click();
    await page.locator("#username[aria-invalid=true]").waitFor();
    assert.equal(await page.locator("#display_name").inputValue(), MAREN.name, "nothing typed is lost");
  },
  SIGN_UP_OPEN,
);

onBothEngines("a passkey is renamed", async (_, house) => {
  const { page } = await ownerWithoutScripts(house);
  await page.getByText(NEEDS_SCRIPTS).waitFor();
  const row = passkeyRows(page).first();
  await row.locator("summary").click();
  await row.getByRole("textbox").fill("Laptop at work");
  await row.getByRole("button", { name: "Save" }).click();
  await arrives(page, "/account");
  await passkeyRows(page).getByText("Laptop at work", { exact: true }).first().waitFor();
});

onBothEngines("a passkey is removed", async (_, house) => {
  const { owner, plain, page } = await ownerWithoutScripts(house);
  await house.clock.advance(1);
  await owner.plugIn({ transport: "usb" });
  await owner.authenticator.attended(false);
  await owner.page.getByRole("button", { name: "Add a passkey" }).click();
  await isAdded(owner.page);
  await plain.open("/account");
  await passkeyRows(page).nth(1).getByRole("link", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove this passkey" }).click();
  await arrives(page, "/account");
  assert.equal(await passkeyRows(page).count(), 1);
});

onBothEngines("a session elsewhere is ended, then one's own", async (_, house) => {
  const { owner, plain, page } = await ownerWithoutScripts(house);
  const elsewhere = await twin(house, owner);
  await signIn(elsewhere);
  await plain.open("/account");
  await sessionRows(page).getByRole("button", { name: /^End/ }).click();
  await arrives(page, "/account");
  assert.equal(await isSignedIn(elsewhere), false);
  await signOut(page);
  assert.equal(await isSignedIn(owner), false, "it was the same session");
});
