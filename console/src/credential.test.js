import assert from "node:assert/strict";
import { test } from "node:test";
import { answerByHand, creationOptions, fromBase64url, requestOptions, toBase64url } from "./credential.js";

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
    response: { clientDataJSON: BYTES.buffer, attestationObject: BYTES.buffer, getTransports: () => ["internal"] },
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
      transports: ["internal"],
    },
  });
});
