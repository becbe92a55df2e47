import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerByHand,
  createCredential,
  createCredentialQuietly,
  creationOptions,
  fromBase64url,
  getCredentialAtHand,
  requestOptions,
  toBase64url,
} from "./credential.js";

const BYTES = Uint8Array.from([0, 1, 62, 63, 250, 251, 252, 253, 254, 255]);

test("bytes of every remainder come back as they went", () => {
  for (let length = 0; length <= BYTES.length; length += 1) {
    const text = toBase64url(BYTES.slice(0, length));
    assert.match(text, /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(fromBase64url(text), BYTES.slice(0, length));
    assert.equal(text, Buffer.from(BYTES.slice(0, length)).toString("base64url"));
  }
});

test("options in JSON become options in bytes, and nothing else of them changes", () => {
  const id = toBase64url(BYTES);
  const asked = requestOptions({ challenge: id, rpId: "a.example", allowCredentials: [{ type: "public-key", id }] });
  assert.deepEqual(asked, {
    challenge: BYTES,
    rpId: "a.example",
    allowCredentials: [{ type: "public-key", id: BYTES }],
  });
  const made = creationOptions({ challenge: id, user: { id, name: "maren" }, attestation: "none" });
  assert.deepEqual(made, {
    challenge: BYTES,
    user: { id: BYTES, name: "maren" },
    attestation: "none",
    excludeCredentials: [],
  });
});

test("an answer in bytes becomes an answer in JSON", () => {
  const credential = {
    id: toBase64url(BYTES),
    rawId: BYTES.buffer,
    type: "public-key",
    authenticatorAttachment: null,
    response: {
      clientDataJSON: BYTES.buffer,
      attestationObject: BYTES.buffer,
      getTransports: () => ["internal"],
      getPublicKey: () => null, // of an algorithm that the browser does not know
      getPublicKeyAlgorithm: () => -48,
    },
    getClientExtensionResults: () => ({ credProps: { rk: true }, prf: { results: { first: BYTES.buffer } } }),
  };
  assert.deepEqual(answerByHand(credential), {
    id: toBase64url(BYTES),
    rawId: toBase64url(BYTES),
    type: "public-key",
    clientExtensionResults: { credProps: { rk: true } },
    response: {
      clientDataJSON: toBase64url(BYTES),
      attestationObject: toBase64url(BYTES),
      publicKeyAlgorithm: -48,
      transports: ["internal"],
    },
  });
});

/**
 * A browser with these capabilities, and with these answers to whoever asks it for a credential.
 *
 * @param {object} capabilities
 * @param {(asked: any) => any} answer
 */
function browser(capabilities, answer) {
  class PublicKeyCredential {
    static getClientCapabilities = async () => capabilities;
    toJSON = () => "a credential";
  }
  const asked = [];
  const ask = async (options) => {
    asked.push(options);
    const said = answer(options);
    if (said instanceof Error) throw said;
    return said && new PublicKeyCredential();
  };
  Object.assign(globalThis, { PublicKeyCredential });
  Object.defineProperty(globalThis, "navigator", {
    value: { credentials: { get: ask, create: ask } },
    configurable: true,
  });
  return asked;
}

const CREATION = { challenge: "AAAA", user: { id: "AAAA" }, authenticatorSelection: { residentKey: "preferred" } };
const NOT_ALLOWED = new DOMException("", "NotAllowedError");

test("a kind of device that is asked for is told to browsers of either age", async () => {
  const asked = browser({}, () => true);
  for (const hint of ["client-device", "hybrid", "security-key"]) await createCredential(CREATION, { hints: [hint] });
  await createCredential(CREATION);
  const told = asked.map(({ publicKey }) => [publicKey.hints, publicKey.authenticatorSelection]);
  const residentKey = "preferred";
  assert.deepEqual(told, [
    [["client-device"], { residentKey, authenticatorAttachment: "platform" }],
    [["hybrid"], { residentKey, authenticatorAttachment: "cross-platform" }],
    [["security-key"], { residentKey, authenticatorAttachment: "cross-platform" }],
    [undefined, { residentKey }],
  ]);
});

test("a passkey is made quietly where the browser says that it can, and nobody hears of it where not", async () => {
  for (const capabilities of [{}, { conditionalCreate: false }]) {
    const asked = browser(capabilities, () => true);
    assert.equal(await createCredentialQuietly(CREATION), null);
    assert.deepEqual(asked, []);
  }
  const asked = browser({ conditionalCreate: true }, () => true);
  assert.equal(await createCredentialQuietly(CREATION), "a credential");
  assert.equal(asked[0].mediation, "conditional");
  browser({ conditionalCreate: true }, () => NOT_ALLOWED);
  assert.equal(await createCredentialQuietly(CREATION), null);
});

test("what is at hand is asked for first, where the browser says that it can, and then whatever there is", async () => {
  const request = { challenge: "AAAA" };
  const modes = (asked) => asked.map(({ uiMode }) => uiMode);
  const old = browser({}, () => true);
  assert.equal(await getCredentialAtHand(request), "a credential");
  assert.deepEqual(modes(old), [undefined]);
  const lucky = browser({ immediateGet: true }, () => true);
  assert.equal(await getCredentialAtHand(request), "a credential");
  assert.deepEqual(modes(lucky), ["immediate"]);
  for (const no of [NOT_ALLOWED, new DOMException("", "NotSupportedError"), new TypeError("no such mode")]) {
    const empty = browser({ immediateGet: true }, ({ uiMode }) => (uiMode ? no : true));
    assert.equal(await getCredentialAtHand(request), "a credential", no.name);
    assert.deepEqual(modes(empty), ["immediate", undefined]);
  }
});
