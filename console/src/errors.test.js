import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmbedded } from "./embedded.js";
import * as errors from "./errors.js";

const answer = (slug, more = {}, headers = {}) =>
  errors.refusal({ headers: new Headers(headers) }, { type: `/problems/${slug}`, ...more });

test("a problem is told by its type", () => {
  for (const [slug, kind] of [
    ["begin-again", errors.BeginAgain],
    ["not-accepted", errors.NotAccepted],
    ["authenticator-not-accepted", errors.KindNotAccepted],
    ["other-passkey-required", errors.OtherPasskeyRequired],
    ["passkey-on-hold", errors.PasskeyOnHold],
    ["passkey-removed", errors.PasskeyRemoved],
    ["passkey-unknown", errors.PasskeyUnknown],
    ["sign-in-required", errors.SignInRequired],
    ["step-up-required", errors.StepUpRequired],
    ["already-registered", errors.AlreadyHere],
    ["link-ended", errors.LinkEnded],
    ["conflict", errors.FieldFault],
    ["unusable", errors.FieldFault],
    ["too-many-requests", errors.TooMany],
    ["internal-error", errors.Ours],
    ["too-late", errors.Ours],
    ["constructor", errors.Ours],
    ["never-heard-of", errors.Ours],
  ]) {
    assert.equal(answer(slug).constructor, kind, slug);
  }
});

test("a fault of a field reads as a sentence below that field", () => {
  const fault = answer("unusable", { member: "email", detail: "“email”: this is too long." });
  assert.equal(fault.member, "email");
  assert.equal(fault.sentence, "This is too long.");
  assert.equal(answer("conflict", { detail: "That name is taken." }).member, "whole");
});

test("a break is as long as the server says", () => {
  const seconds = (error) => Math.round((error.until.getTime() - Date.now()) / 1000);
  assert.equal(seconds(answer("too-many-requests", {}, { "retry-after": "90" })), 90);
  assert.equal(seconds(answer("too-many-requests", {}, { "retry-after": "soon" })), 60);
});

test("apps with a window of their own are told from browsers", () => {
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  const chrome = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile";
  for (const app of [`${safari} [FBAN/FBIOS;FBAV/500.0]`, `${safari} Instagram 400.0`, chrome.replace("9)", "9; wv)")]) {
    assert.ok(isEmbedded(app), app);
  }
  for (const browser of [`${safari} Version/19.0 Mobile/15E148 Safari/604.1`, `${chrome} Safari/537.36`]) {
    assert.ok(!isEmbedded(browser), browser);
  }
});
