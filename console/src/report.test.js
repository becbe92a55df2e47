import assert from "node:assert/strict";
import { test } from "node:test";
import { can, capabilities, fingerprint } from "./capabilities.js";
import * as errors from "./errors.js";
import { codeOf, nameOf } from "./report.js";

const thrown = (/** @type {string} */ name) => errors.fromBrowser(new DOMException("", name));

test("what the browser said is reported under a word of ours, and by its name", () => {
  for (const [name, code] of [
    ["NotAllowedError", "closed"],
    ["AbortError", "closed"],
    ["InvalidStateError", "already-registered"],
    ["SecurityError", "unsupported"],
  ]) {
    assert.deepEqual([codeOf(thrown(name)), nameOf(thrown(name))], [code, name]);
  }
  assert.deepEqual([codeOf(new TypeError("a bug")), nameOf(new TypeError("a bug"))], ["unexpected", "TypeError"]);
  assert.equal(nameOf(new DOMException("", "QuotaExceededError")), "OtherError");
  assert.deepEqual([codeOf("a text"), nameOf("a text")], ["unexpected", undefined]);
  assert.equal(codeOf(new errors.Unreachable()), "unreachable");
});

test("what the server said is not reported to it, and what only looks like it is", () => {
  const answer = (problem) => errors.refusal({ headers: new Headers() }, problem);
  const ours = { type: "/problems/not-accepted", request_id: "01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e88" };
  assert.equal(codeOf(answer(ours)), undefined);
  assert.equal(codeOf(answer({})), "unexpected", "a proxy's page");
});

test("what a browser does not say is neither yes nor no", async () => {
  Object.defineProperty(globalThis, "navigator", { value: { credentials: { get() {} } }, configurable: true });
  const browser = (/** @type {object} */ statics) => {
    Object.assign(globalThis, { PublicKeyCredential: Object.assign(class {}, statics) });
  };
  browser({ getClientCapabilities: async () => ({ immediateGet: false, conditionalGet: true }) });
  assert.deepEqual(
    [await can("immediateGet"), await can("conditionalGet"), await can("hybridTransport")],
    [false, true, false],
  );
  assert.equal((await capabilities()).hybridTransport, undefined);
  browser({});
  assert.deepEqual(await capabilities(), {});
  browser({ getClientCapabilities: () => Promise.reject(new Error("broken")) });
  assert.deepEqual(await capabilities(), {});
});

test("browsers that can do the same share a number, whatever the order they say it in", () => {
  const one = fingerprint({ a: true, b: false });
  assert.equal(fingerprint({ b: false, a: true }), one);
  assert.notEqual(fingerprint({ a: true, b: true }), one);
  assert.notEqual(fingerprint({ a: true }), one);
  assert.ok(Number.isInteger(one) && one >= 0 && one < 2 ** 32);
});
