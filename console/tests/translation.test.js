/** What is done by hand where a browser cannot translate: the same as the browser does that can. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { API, MAREN, SIGN_UP_OPEN, administrator } from "./harness/steps.js";

onBothEngines(
  "by hand and by the browser, options and answers are the same",
  async (_, house) => {
    const owner = await administrator(house);
    const visitor = await house.visitor();
    await visitor.open("/sign-in");
    const person = { display_name: MAREN.name, username: "another" };
    const compared = await visitor.page.evaluate(translated, { api: API, person, identifier: MAREN.username });
    for (const [what, { byHand, byBrowser }] of Object.entries(compared)) {
      assert.deepEqual(byHand, byBrowser, what);
    }
    assert.deepEqual(Object.keys(compared), ["creation", "request", "registration", "authentication"]);
    assert.equal((await owner.authenticator.passkeys()).length, 1);
  },
  SIGN_UP_OPEN,
);

/** @param {any} given */
async function translated({ api, person, identifier }) {
  const link = /** @type {HTMLLinkElement} */ (document.querySelector('link[href^="/assets/credential-"]'));
  const { answerByHand, creationOptions, requestOptions } = await import(link.href);
  const begin = async (/** @type {string} */ path, /** @type {object} */ body) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${path}/begin`, { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()).options;
  };
  /** Bytes as numbers, so that they can be told from one another. */
  const plain = (/** @type {any} */ value) =>
    JSON.parse(
      JSON.stringify(value, (_, one) => {
        if (one instanceof ArrayBuffer) return [...new Uint8Array(one)];
        return ArrayBuffer.isView(one) ? [...new Uint8Array(one.buffer)] : one;
      }),
    );
  /** The browser adds what it has a default for; by hand nothing is added. */
  /** @type {(whole: any, part: any) => any} */
  const named = (whole, part) => {
    if (Array.isArray(part) || typeof part !== "object") return whole;
    return Object.fromEntries(Object.keys(part).map((name) => [name, named(whole[name], part[name])]));
  };
  const compared = (/** @type {any} */ hand, /** @type {any} */ browser) => {
    const [byHand, byBrowser] = [plain(hand), plain(browser)];
    return { byHand, byBrowser: named(byBrowser, byHand) };
  };
  const creation = await begin(api.signUp, person);
  const request = await begin(api.signIn, { identifier });
  const parsed = PublicKeyCredential.parseCreationOptionsFromJSON(creation);
  const made = /** @type {any} */ (await navigator.credentials.create({ publicKey: parsed }));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({ ...request, allowCredentials: [] });
  const got = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
  const whole = (/** @type {any} */ credential) => ({
    byHand: plain(answerByHand(credential)),
    byBrowser: plain(credential.toJSON()),
  });
  return {
    creation: compared(creationOptions(creation), parsed),
    request: compared(requestOptions(request), PublicKeyCredential.parseRequestOptionsFromJSON(request)),
    registration: whole(made),
    authentication: whole(got),
  };
}
