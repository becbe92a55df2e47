/** What people do on the pages, and what they see there. */

import assert from "node:assert/strict";

/** @typedef {import("./browser.js").Visitor} Visitor */
/** @typedef {import("playwright-core").Page} Page */

/**
 * @typedef {object} Person
 * @property {string} name
 * @property {string} username
 * @property {string} [email]
 */

/** Anybody may make an account for themselves. */
export const SIGN_UP_OPEN = { SIGNET_ACCOUNTS__SIGN_UP: "true" };

/** @type {Person} */
export const MAREN = { name: "Maren Okafor", username: "maren", email: "maren@fernhill.example" };

/** Where the pages ask the server. */
export const API = {
  setUp: "/api/v1/setup",
  signUp: "/api/v1/sign-up",
  signIn: "/api/v1/sign-in/passkey",
  stepUp: "/api/v1/account/step-up",
  register: "/api/v1/passkeys/register",
  report: "/api/v1/ceremony-reports",
};

/**
 * Fills in who somebody is, and presses the button.
 *
 * @param {Page} page
 * @param {Person} person
 */
export async function introduce(page, { name, username, email }) {
  await page.locator("#display_name").fill(name);
  await page.locator("#username").fill(username);
  if (email) await page.locator("#email").fill(email);
  await page.getByRole("button", { name: "Create my passkey" }).click();
}

/**
 * @param {Page} page
 * @param {string} path
 */
export async function arrives(page, path) {
  await page.waitForURL((url) => url.pathname === path);
}

/**
 * Is this one of several states of a ceremony, the only one that is seen, and is the focus on its heading?
 *
 * @param {Page} page
 * @param {string} state
 */
export async function shows(page, state) {
  await page.locator(`[data-state="${state}"]`).waitFor();
  const seen = await page.locator("[data-state]:visible").evaluateAll((sections) =>
    sections.map((section) => /** @type {HTMLElement} */ (section).dataset.state),
  );
  assert.deepEqual(seen, [state]);
  const focused = await page.evaluate(() => document.activeElement?.tagName);
  if (state !== "ready") assert.match(String(focused), /^H[1-3]$/, "the focus is on the heading");
}

/**
 * The first administrator, on their account's page.
 *
 * @param {import("./house.js").House} house
 * @param {import("./browser.js").Habits} [habits]
 */
export async function administrator(house, habits) {
  const visitor = await house.visitor(habits);
  await visitor.open(await house.setupLink());
  await introduce(visitor.page, MAREN);
  await arrives(visitor.page, "/account");
  return visitor;
}

/**
 * Somebody who signs up for themselves, on their account's page.
 *
 * @param {import("./house.js").House} house
 * @param {Person} person
 * @param {import("./browser.js").Habits} [habits]
 */
export async function newcomer(house, person, habits) {
  const visitor = await house.visitor(habits);
  await visitor.open("/sign-up");
  await introduce(visitor.page, person);
  await arrives(visitor.page, "/account");
  return visitor;
}

let twins = 0;

/**
 * Another browser of the same person, with the same passkey in it. Every twin counts on from further ahead, or the
 * server would take one of them for a copy that was left behind.
 *
 * @param {import("./house.js").House} house
 * @param {Visitor} owner
 * @param {import("./browser.js").Habits} [habits]
 */
export async function twin(house, owner, habits) {
  twins += 1;
  const visitor = await house.visitor(habits);
  await visitor.authenticator.accept({ ...(await owner.authenticator.passkey()), signCount: 1_000 * twins });
  return visitor;
}

/** @param {Page} page */
export const passkeyButton = (page) => page.getByRole("button", { name: "Sign in with a passkey" });

/**
 * By the button.
 *
 * @param {Visitor} visitor
 */
export async function signIn(visitor) {
  await visitor.open("/sign-in");
  await passkeyButton(visitor.page).click();
  await arrives(visitor.page, "/account");
}

/**
 * The account's page came back with the passkey that was added, and says so.
 *
 * @param {Page} page
 */
export async function isAdded(page) {
  await page.getByText("Passkey added.").waitFor();
  await arrives(page, "/account");
}

/** @param {Page} page */
export async function signOut(page) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await arrives(page, "/sign-in");
}

/**
 * Does this session still open the account's page?
 *
 * @param {Visitor} visitor
 * @param {string} [door]
 */
export async function isSignedIn({ page }, door = "") {
  await page.goto(`${door}/account`);
  const { pathname } = new URL(page.url());
  assert.ok(["/account", "/sign-in"].includes(pathname), pathname);
  return pathname === "/account";
}

/**
 * The rows of the list under this heading.
 *
 * @param {Page} page
 * @param {string} heading
 */
const rows = (page, heading) => page.getByRole("region", { name: heading }).locator("li.row");

/** @param {Page} page */
export const passkeyRows = (page) => rows(page, "Passkeys");

/** @param {Page} page */
export const sessionRows = (page) => rows(page, "Where you are signed in");

/**
 * The next answer from this path is preceded by something.
 *
 * @param {Page} page
 * @param {string} path
 * @param {() => Promise<unknown>} deed
 */
export async function beforeNext(page, path, deed) {
  await page.route(`**${path}`, async (route) => {
    await deed();
    await route.continue();
  }, { times: 1 });
}

/**
 * The next answer from this path is a problem, whatever the server would have said.
 *
 * @param {Visitor} visitor
 * @param {string} path
 * @param {{ status: number, type: string, headers?: Record<string, string> }} problem
 */
export async function refuseNext(visitor, path, { status, type, headers }) {
  visitor.expectRefusal(path);
  const body = { type: `/problems/${type}`, title: type, status, request_id: "01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e88" };
  await visitor.page.route(`**${path}`, (route) => route.fulfill({
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    body: JSON.stringify(body),
  }), { times: 1 });
}
