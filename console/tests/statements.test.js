/** What makers state of their devices, as a browser hands it on: read, kept, and verified to the end. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { Program } from "./harness/program.js";
import { judged } from "./harness/recorded.js";
import { API, SIGN_UP_OPEN, arrives, introduce, shows, signIn, signOut } from "./harness/steps.js";

/** @typedef {import("./harness/house.js").House} House */

const ASKED = { SIGNET_PASSKEYS__ATTESTATION: "direct", ...SIGN_UP_OPEN };

/** Of the same maker, who vouches for both with a certificate of nobody whom we know. */
const KEY = /** @type {const} */ ({ transport: "usb" });
const TOKEN = /** @type {const} */ ({ ...KEY, protocol: "u2f", hasResidentKey: false, hasUserVerification: false });
const JONAS = { name: "Jonas Weber", username: "jonas" };

onBothEngines("who is asked states it in the format `packed`", async (_, house) => {
  const { visitor, ceremony } = await enrolled(house, KEY);
  assert.deepEqual(await judged(ceremony), accepted("packed", "unchained"));
  assert.deepEqual(await kept(house), ["packed", "unchained"]);
  await signOut(visitor.page);
  await signIn(visitor);
}, ASKED);

onBothEngines("who is not asked states nothing", async (_, house) => {
  const { ceremony } = await enrolled(house, KEY);
  assert.deepEqual(await judged(ceremony), accepted("none", "none"));
  assert.deepEqual(await kept(house), ["none", "none"]);
}, SIGN_UP_OPEN);

onBothEngines("a token of the first generation knows nobody, so that no page of ours takes it", async (_, house) => {
  const visitor = await house.visitor({ authenticator: TOKEN });
  await visitor.open("/sign-up");
  await introduce(visitor.page, JONAS);
  await shows(visitor.page, "closed");
  assert.deepEqual(await visitor.authenticator.passkeys(), []);
}, ASKED);

onBothEngines("a token's statement holds, and the server wants to know who it was", async (_, house) => {
  const visitor = await house.visitor({ authenticator: TOKEN });
  await visitor.open("/sign-up");
  const program = new Program(house.url);
  const begun = await program.begin(API.signUp, { display_name: JONAS.name, username: JONAS.username });
  const response = await visitor.page.evaluate(createWithoutKnowingWho, begun.options);
  const { status, said } = await program.finish(API.signUp, begun, response);
  assert.deepEqual([status, said.type], [403, "/problems/not-accepted"]);

  const ceremony = recorded(house, begun.options, response);
  const reason = "authenticator_data.user_not_verified";
  assert.deepEqual(await judged(ceremony), { verdict: "reject", reason, step: "7.1.16" });
  assert.deepEqual(await judged({ ...ceremony, require_uv: false }), accepted("fido-u2f", "unchained"));
}, ASKED);

/**
 * A page that asks for less than the server told it to.
 *
 * @param {any} options
 */
async function createWithoutKnowingWho(options) {
  const authenticatorSelection = { userVerification: "discouraged", residentKey: "discouraged" };
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({ ...options, authenticatorSelection });
  const made = await navigator.credentials.create({ publicKey });
  return /** @type {PublicKeyCredential} */ (made).toJSON();
}

/**
 * Somebody who signed up with this device, and a record of how.
 *
 * @param {House} house
 * @param {import("./harness/authenticator.js").Kind} authenticator
 */
async function enrolled(house, authenticator) {
  const visitor = await house.visitor({ authenticator });
  await visitor.open("/sign-up");
  /** @type {any[]} */
  const said = [];
  await visitor.page.route(`**${API.signUp}/*`, async (route) => {
    const answer = await route.fetch();
    said.push({ ...route.request().postDataJSON(), ...(await answer.json()) });
    await route.fulfill({ response: answer });
  });
  await introduce(visitor.page, JONAS);
  await arrives(visitor.page, "/account");
  const [{ options }, { credential }] = said;
  return { visitor, ceremony: recorded(house, options, credential) };
}

/**
 * @param {House} house
 * @param {any} options
 * @param {any} response
 */
const recorded = ({ url }, { rp, challenge }, response) =>
  ({ kind: "registration", rp_id: rp.id, origins: [url], challenge, require_uv: true, response });

/**
 * @param {string} format
 * @param {string} vouched
 */
const accepted = (format, vouched) => ({ verdict: "accept", reason: null, step: null, format, vouched });

/** @param {House} house */
const kept = (house) => house.row("SELECT format, attestation FROM credentials");
