/** Pages of another domain and our passkeys: those that are listed may use them, and no others. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, test } from "node:test";

import { page as blank } from "./harness/blank.js";
import { Visitor, launch } from "./harness/browser.js";
import { onBothEngines } from "./harness/engines.js";
import { Program } from "./harness/program.js";
import { judged } from "./harness/recorded.js";
import { API, SIGN_UP_OPEN, arrives, passkeyButton } from "./harness/steps.js";
import { Street, leadingTo, showing } from "./harness/street.js";

const OURS = "signet.test";
const LISTED = "other.example";
const UNLISTED = "unlisted.example";
const WELL_KNOWN = "/.well-known/webauthn";

const street = await Street.open([OURS, LISTED, UNLISTED]);
after(() => street.close());
for (const host of [LISTED, UNLISTED]) street.put(host, showing(blank("")));

test("who was not told of the authority opens no page here", { timeout: 30_000 }, async () => {
  const chromium = launch({ flags: street.ways });
  try {
    const stranger = await Visitor.arrive(`https://${LISTED}`, { chromium });
    await assert.rejects(stranger.open("/"), /ERR_CERT_AUTHORITY_INVALID/);
  } finally {
    await (await chromium).close();
  }
});

const ALONE = {
  SIGNET_SERVER__PUBLIC_URL: `https://${OURS}`,
  SIGNET_SERVER__TRUSTED_PROXIES: "127.0.0.0/8",
  ...SIGN_UP_OPEN,
};
const ORIGINS = [`https://${OURS}`, `https://${LISTED}`];
const RELATED = { ...ALONE, SIGNET_PASSKEYS__ORIGINS: ORIGINS.join(",") };

/** @typedef {{ visitor: Visitor, program: Program, door: import("./harness/street.js").Door, asked: string[] }} Scene */

/**
 * Ceremonies begin and end in a program: the server listens to no page of another domain, listed or not. Only what the
 * browser does in between is done by such a page.
 *
 * @param {string} name
 * @param {(scene: Scene) => Promise<void>} body `asked`: what browsers wanted of our server.
 * @param {Record<string, string>} settings
 */
function onTheStreet(name, body, settings) {
  onBothEngines(
    name,
    async (_, house) => {
      const url = await house.ownUrl();
      const door = leadingTo(url);
      /** @type {string[]} */
      const asked = [];
      street.put(OURS, (request, answer) => {
        asked.push(request.url);
        door(request, answer);
      });
      const visitor = await house.visitor({ chromium: street.chromium });
      await body({ visitor, program: new Program(url), door, asked });
    },
    settings,
  );
}

const JONAS = { display_name: "Jonas Weber", username: "jonas" };

onTheStreet(
  "a page that is listed makes a passkey and signs in with it, and so do we",
  async ({ visitor, program, asked }) => {
    await visitor.open(`https://${LISTED}/`);
    const { registered, account } = await signedUp(visitor, program);
    assert.equal(clientData(registered).origin, `https://${LISTED}`);
    assert.ok(asked.includes(WELL_KNOWN), "the browser asked us");

    const begun = await program.begin(API.signIn);
    const answered = await get(visitor, begun.options);
    assert.equal(clientData(answered).origin, `https://${LISTED}`);
    const { status, said } = await program.finish(API.signIn, begun, answered);
    assert.deepEqual([status, said.account_id], [200, account]);

    await visitor.open("/sign-in");
    await passkeyButton(visitor.page).click();
    await arrives(visitor.page, "/account");
    const listed = await visitor.open(WELL_KNOWN);
    assert.deepEqual(await listed?.json(), { origins: [`https://${LISTED}`] });
  },
  RELATED,
);

onTheStreet(
  "a page that is not listed is refused by the browser",
  ({ visitor, program, asked }) => isRefusedAt(UNLISTED, { visitor, program, asked }),
  RELATED,
);

onTheStreet(
  "where nobody is listed, every other page is refused by the browser",
  ({ visitor, program, asked }) => isRefusedAt(LISTED, { visitor, program, asked }),
  ALONE,
);

/**
 * @param {string} host
 * @param {Omit<Scene, "door">} scene
 */
async function isRefusedAt(host, { visitor, program, asked }) {
  await visitor.open(`https://${host}/`);
  const [creation, request] = [await program.begin(API.signUp, JONAS), await program.begin(API.signIn)];
  assert.deepEqual(await create(visitor, creation.options), { error: "SecurityError" });
  assert.deepEqual(await get(visitor, request.options), { error: "SecurityError" });
  assert.deepEqual([...new Set(asked)], [WELL_KNOWN], "it asked us for nothing else");
  assert.deepEqual(await visitor.authenticator.passkeys(), []);
}

/** What was set, and not by whom: that is what these are about. */
const EXPECTED = { rp_id: OURS, origins: ORIGINS, require_uv: true };

onTheStreet(
  "where a list is forged, the browser makes a passkey, and the server does not take it",
  async ({ visitor, program, door }) => {
    street.put(OURS, besideForgedList(door));
    await visitor.open(`https://${UNLISTED}/`);
    const begun = await program.begin(API.signUp, JONAS);
    const response = await create(visitor, begun.options);
    assert.equal(clientData(response).origin, `https://${UNLISTED}`);
    await isNotAccepted(program, API.signUp, begun, response);

    const ceremony = { kind: "registration", ...EXPECTED, challenge: begun.options.challenge, response };
    assert.deepEqual(await judged(ceremony), refusal("client_data.origin", "7.1.9"));
    const believed = await judged({ ...ceremony, origins: [`https://${UNLISTED}`] });
    assert.deepEqual(believed, { verdict: "accept", reason: null, step: null, format: "none", vouched: "none" });
  },
  RELATED,
);

onTheStreet(
  "where a list is forged, no passkey signs in, under the page's own name or another's",
  async ({ visitor, program, door }) => {
    street.put(OURS, besideForgedList(door));
    await visitor.open(`https://${LISTED}/`);
    const { registered } = await signedUp(visitor, program);
    await visitor.open(`https://${UNLISTED}/`);
    const stored = { credential_id: registered.id, public_key: coseKey(registered) };
    for (const [host, reason, step] of /** @type {const} */ ([
      [UNLISTED, "client_data.origin", "7.2.12"],
      [LISTED, "signature", "7.2.21"],
    ])) {
      const begun = await program.begin(API.signIn);
      const response = asIfAt(host, await get(visitor, begun.options));
      await isNotAccepted(program, API.signIn, begun, response);
      const ceremony = { kind: "assertion", ...EXPECTED, challenge: begun.options.challenge, stored, response };
      assert.deepEqual(await judged(ceremony), refusal(reason, step));
    }
  },
  RELATED,
);

/**
 * @param {import("./harness/street.js").Door} door
 * @returns {import("./harness/street.js").Door}
 */
function besideForgedList(door) {
  const origins = [LISTED, UNLISTED].map((host) => `https://${host}`);
  const forged = showing(JSON.stringify({ origins }), "application/json");
  return (request, answer) => (request.url === WELL_KNOWN ? forged : door)(request, answer);
}

/**
 * @param {string} reason
 * @param {string} step
 */
const refusal = (reason, step) => ({ verdict: "reject", reason, step });

/**
 * @param {Program} program
 * @param {string} path
 * @param {import("./harness/program.js").Begun} begun
 * @param {any} response
 */
async function isNotAccepted(program, path, begun, response) {
  const { status, said } = await program.finish(path, begun, response);
  assert.deepEqual([status, said.type], [403, "/problems/not-accepted"]);
}

/**
 * By a passkey that is made on the page where the visitor is.
 *
 * @param {Visitor} visitor
 * @param {Program} program
 */
async function signedUp(visitor, program) {
  const begun = await program.begin(API.signUp, JONAS);
  const registered = await create(visitor, begun.options);
  const { status, said } = await program.finish(API.signUp, begun, registered);
  assert.equal(status, 201, JSON.stringify(said));
  return { registered, account: said.account_id };
}

/**
 * @param {Visitor} visitor
 * @param {any} options
 * @returns {Promise<any>} The page's answer, or which error it met.
 */
function create({ page }, options) {
  return page.evaluate(async (options) => {
    try {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      const made = await navigator.credentials.create({ publicKey });
      return /** @type {PublicKeyCredential} */ (made).toJSON();
    } catch (error) {
      return { error: /** @type {Error} */ (error).name };
    }
  }, options);
}

/**
 * @param {Visitor} visitor
 * @param {any} options
 * @returns {Promise<any>}
 */
function get({ page }, options) {
  return page.evaluate(async (options) => {
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      const used = await navigator.credentials.get({ publicKey });
      return /** @type {PublicKeyCredential} */ (used).toJSON();
    } catch (error) {
      return { error: /** @type {Error} */ (error).name };
    }
  }, options);
}

/** @param {any} answer */
const clientData = ({ response }) => JSON.parse(Buffer.from(response.clientDataJSON, "base64url").toString());

/**
 * An answer that says it was made there.
 *
 * @param {string} host
 * @param {any} answer
 */
function asIfAt(host, answer) {
  const said = JSON.stringify({ ...clientData(answer), origin: `https://${host}` });
  const clientDataJSON = Buffer.from(said).toString("base64url");
  return { ...answer, response: { ...answer.response, clientDataJSON } };
}

/**
 * The key of a new passkey, which stands behind its id at the end of what the authenticator says.
 *
 * @param {any} registered
 */
function coseKey({ response }) {
  const LENGTH_AT = 53;
  const said = Buffer.from(response.authenticatorData, "base64url");
  return said.subarray(LENGTH_AT + 2 + said.readUInt16BE(LENGTH_AT)).toString("base64url");
}
