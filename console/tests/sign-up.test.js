/** Making an account for oneself. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import {
  API,
  MAREN,
  SIGN_UP_OPEN,
  administrator,
  arrives,
  beforeNext,
  introduce,
  isSignedIn,
  passkeyRows,
  shows,
  signIn,
  signOut,
} from "./harness/steps.js";

const JONAS = { name: "Jonas Weber", username: "jonas", email: "jonas@fernhill.example" };

/**
 * @param {import("./harness/house.js").House} house
 * @param {import("./harness/steps.js").Person} person
 */
async function signedUp(house, person) {
  const visitor = await house.visitor();
  await visitor.open("/sign-up");
  await introduce(visitor.page, person);
  await arrives(visitor.page, "/account");
  return visitor;
}

onBothEngines(
  "an account with its passkey, and in again with it",
  async (_, house) => {
    await administrator(house);
    const visitor = await house.visitor();
    await visitor.open("/sign-in");
    await visitor.page.getByRole("link", { name: "Create one" }).click();
    await shows(visitor.page, "ready");
    await look(visitor.page, "sign-up");
    await introduce(visitor.page, JONAS);
    await arrives(visitor.page, "/account");
    await visitor.page.getByRole("heading", { level: 1, name: JONAS.name }).waitFor();
    await signOut(visitor.page);
    await signIn(visitor);
    assert.equal(await passkeyRows(visitor.page).count(), 1);
  },
  SIGN_UP_OPEN,
);

onBothEngines(
  "back to where one wanted to go",
  async (_, house) => {
    await administrator(house);
    const visitor = await house.visitor();
    await visitor.open("/confirm?link=AAAA");
    await visitor.page.getByRole("button", { name: "Sign in" }).click();
    await visitor.page.getByRole("link", { name: "Create one" }).click();
    await introduce(visitor.page, JONAS);
    await arrives(visitor.page, "/confirm");
    assert.equal(new URL(visitor.page.url()).searchParams.get("link"), "AAAA");
  },
  SIGN_UP_OPEN,
);

onBothEngines(
  "what cannot be used is said at its field, and nothing typed is lost",
  async (_, house) => {
    await administrator(house);
    const visitor = await house.visitor();
    const { page } = visitor;
    visitor.expectRefusal(`${API.signUp}/begin`);
    await visitor.open("/sign-up");
    for (const username of [MAREN.username.toUpperCase(), "two words"]) {
      await introduce(page, { ...JONAS, username });
      const field = page.locator("#username[aria-invalid=true]");
      await field.waitFor();
      await shows(page, "ready");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "username");
      assert.equal(await field.inputValue(), username);
      assert.equal(await page.locator("#display_name").inputValue(), JONAS.name);
      await page.locator("[data-fault=username]:visible").waitFor();
    }
    await look(page, "sign-up-fault");
    assert.deepEqual(await visitor.authenticator.passkeys(), [], "no passkey was made in vain");
    await introduce(page, JONAS);
    await arrives(page, "/account");
  },
  SIGN_UP_OPEN,
);

onBothEngines(
  "a registration that took too long begins again by itself",
  async (_, house) => {
    await administrator(house);
    const visitor = await house.visitor();
    visitor.expectRefusal(`${API.signUp}/finish`);
    await beforeNext(visitor.page, `${API.signUp}/finish`, () => house.clock.advance(181));
    await visitor.open("/sign-up");
    await introduce(visitor.page, JONAS);
    await arrives(visitor.page, "/account");
    assert.equal(await passkeyRows(visitor.page).count(), 1);
  },
  SIGN_UP_OPEN,
);

onBothEngines(
  "cancelled, and nothing typed is lost",
  async (_, house) => {
    await administrator(house);
    const visitor = await house.visitor();
    const { page } = visitor;
    await visitor.authenticator.attended(false);
    await visitor.open("/sign-up");
    await introduce(page, JONAS);
    await shows(page, "running");
    await page.getByRole("button", { name: "Cancel" }).click();
    await shows(page, "closed");
    await look(page, "sign-up-closed");
    await page.getByRole("button", { name: "Back to what you typed" }).click();
    await shows(page, "ready");
    assert.equal(await page.locator("#username").inputValue(), JONAS.username);
    assert.equal(await isSignedIn(visitor), false, "no account was made");
  },
  SIGN_UP_OPEN,
);

onBothEngines(
  "a name that would be markup is a name",
  async (_, house) => {
    await administrator(house);
    const name = `<img src=x onerror=alert(1)>"'&amp;<b onmouseover=alert(2)>{{7*7}}</b> אבגד`;
    const visitor = await signedUp(house, { ...JONAS, name });
    const { page } = visitor;
    page.on("dialog", (dialog) => assert.fail(dialog.message()));
    assert.equal(await page.locator("h1").innerText(), name);
    assert.equal(await page.locator("main img, main b[onmouseover]").count(), 0);
    await look(page, "account-hostile-name");

    await page.locator("details.rename summary").click();
    await page.locator("details.rename input[name=name]").fill(name);
    await page.getByRole("button", { name: "Save" }).click();
    const row = passkeyRows(page).filter({ has: page.getByText(name, { exact: true }) });
    await row.first().waitFor();
    await visitor.open(String(await row.getByRole("link", { name: "Remove" }).getAttribute("href")));
    assert.ok((await page.locator("h1").innerText()).includes(name));
    await look(page, "remove-hostile-name");
  },
  SIGN_UP_OPEN,
);

onBothEngines("where accounts are made for people, the page says so", async (_, house) => {
  await administrator(house);
  const visitor = await house.visitor();
  await visitor.open("/sign-in");
  assert.equal(await visitor.page.getByRole("link", { name: "Create one" }).count(), 0);
  await visitor.open("/sign-up");
  await visitor.page.getByRole("heading", { name: "Accounts are made for you here" }).waitFor();
  await look(visitor.page, "sign-up-not-open");
});

/**
 * @param {import("./harness/house.js").House} house
 * @param {string} address
 */
async function linkTo(house, address) {
  const { text } = await house.letters.next(address);
  return String(/http:\/\/localhost:\d+\/confirm\?link=\S+/.exec(text)?.[0]);
}

onBothEngines(
  "an address is confirmed by somebody who was there a moment ago, and by the faster of two",
  async (_, house) => {
    await administrator(house);
    const [first, second] = [await signedUp(house, JONAS), await signedUp(house, { ...JONAS, username: "jonas2" })];
    const [one, two] = [await linkTo(house, JONAS.email), await linkTo(house, JONAS.email)];
    const [own, other] = (await leadsTo(first, one)) ? [one, two] : [two, one];
    await second.open(other);
    await second.page.getByRole("heading", { name: "Is this your address?" }).waitFor();

    await house.clock.advance(301);
    await first.open(own);
    await shows(first.page, "ready");
    await first.page.getByText("use a passkey once more").waitFor();
    await look(first.page, "confirm-step-up");
    await first.page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await first.page.getByRole("heading", { name: "Is this your address?" }).waitFor();
    await first.page.getByRole("button", { name: "Confirm" }).click();
    await first.page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();

    await second.page.getByRole("button", { name: "Confirm" }).click();
    await shows(second.page, "ready");
    await second.page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await second.page.getByRole("button", { name: "Confirm", exact: true }).click();
    await second.page.getByRole("heading", { name: "Somebody else confirmed this address first" }).waitFor();
    await look(second.page, "confirm-taken");
  },
  SIGN_UP_OPEN,
);

/**
 * Is this the link of this person's own account?
 *
 * @param {import("./harness/browser.js").Visitor} visitor
 * @param {string} link
 */
async function leadsTo(visitor, link) {
  await visitor.open(link);
  return (await visitor.page.locator("h1").innerText()) !== "This link has ended";
}

onBothEngines(
  "an address is confirmed by the person whose account it is, once",
  async (_, house) => {
    await administrator(house);
    const visitor = await signedUp(house, JONAS);
    const { page } = visitor;
    await page.getByText("Not confirmed yet").waitFor();
    const link = await linkTo(house, JONAS.email);

    const scanner = await house.visitor();
    await scanner.open(link);
    await scanner.page.getByRole("heading", { name: "Sign in to confirm it" }).waitFor();
    await look(scanner.page, "confirm-needs-sign-in");

    await visitor.open(link);
    await page.getByRole("heading", { name: "Is this your address?" }).waitFor();
    await page.getByText(JONAS.email).waitFor();
    await look(page, "confirm");
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    await look(page, "confirm-done");
    await page.getByRole("link", { name: "Open your account" }).click();
    await arrives(page, "/account");
    assert.equal(await page.getByText("Not confirmed yet").count(), 0);

    await visitor.open(link);
    await page.getByRole("heading", { name: "This link has ended" }).waitFor();
    await look(page, "confirm-ended");

    await visitor.open("/account");
    await signOut(page);
    await page.locator("#name").fill(JONAS.email.toUpperCase());
    await page.getByRole("button", { name: "Continue" }).click();
    await arrives(page, "/account");
  },
  SIGN_UP_OPEN,
);
