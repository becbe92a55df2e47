/** What people do on the pages in Firefox. */

/** @typedef {import("./firefox.js").Firefox} Firefox */

/**
 * Fills in who somebody is, and presses the button.
 *
 * @param {Firefox} visitor
 * @param {import("../../tests/harness/steps.js").Person} person
 */
export async function introduce(visitor, { name, username }) {
  await visitor.fill("#display_name", name);
  await visitor.fill("#username", username);
  await visitor.press("Create my passkey");
}

/** @param {Firefox} visitor */
export async function signOut(visitor) {
  await visitor.press("Sign out");
  await visitor.arrives("/sign-in");
}

/** @param {Firefox} visitor */
export async function signIn(visitor) {
  await visitor.press("Sign in with a passkey");
  await visitor.arrives("/account");
}
