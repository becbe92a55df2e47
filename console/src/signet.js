/**
 * Signet in the browser: sign in, sign up, add passkeys. Every function runs one ceremony from its first request to
 * the server's yes, and throws one of the classes of errors.js otherwise.
 *
 * ```js
 * try {
 *   await signIn({ signal });
 *   location.assign("/account");
 * } catch (error) {
 *   if (error instanceof Closed) showTryAgain();
 * }
 * ```
 *
 * Nothing is kept between calls, in memory or in storage: two tabs do not disturb each other.
 */

import { post } from "./api.js";
import { createCredential, forget, getCredential } from "./credential.js";
import { BeginAgain, Closed, PasskeyRemoved, StepUpRequired } from "./errors.js";

export * from "./errors.js";
export { canAutofill, isSupported } from "./credential.js";

const SIGN_IN = "sign-in/passkey";
const STEP_UP = "account/step-up";
const REGISTER = "passkeys/register";

/**
 * How a person is asked.
 * @typedef {object} Way
 * @property {AbortSignal} [signal] ends the ceremony while the device has not answered
 * @property {string[]} [hints] which kind of device to offer first
 * @property {() => void} [answered] the device has answered; what follows is the server's
 */

/**
 * @typedef {object} Person
 * @property {string} display_name
 * @property {string} username
 * @property {string} [email]
 */

/** @typedef {{ account_id: string, session: { id: string, ends_at: string } }} SignedIn */

/**
 * Sign in. Without an identifier the device offers every passkey it has for this site.
 *
 * @param {Way & { identifier?: string }} [way]
 * @returns {Promise<SignedIn>}
 */
export function signIn({ identifier, ...way } = {}) {
  return atMostTwice(() => assert(SIGN_IN, identifier ? { identifier } : {}, way));
}

/**
 * Offer saved passkeys in the autofill list of a field marked `autocomplete="username webauthn"`, and wait until one
 * is chosen. A ceremony that nobody used is replaced before it ends, and not while the page is out of sight.
 *
 * @param {{ signal: AbortSignal, again?: () => void }} way `again`: one was chosen too late and has to be chosen anew
 * @returns {Promise<SignedIn>}
 */
export async function signInFromAutofill({ signal, again }) {
  for (;;) {
    await inSight(signal);
    const begun = await post(`${SIGN_IN}/begin`, {}, signal);
    const round = new AbortController();
    const stop = () => round.abort();
    const timer = setTimeout(stop, Math.max(begun.expires_in - 20, 10) * 1000);
    signal.addEventListener("abort", stop);
    try {
      if (signal.aborted) throw new Closed();
      return await finishAssertion(SIGN_IN, begun, { signal: round.signal }, "conditional");
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof BeginAgain) again?.();
      else if (!round.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }
}

/**
 * Prove again who is signed in.
 *
 * @param {Way} [way]
 */
export function stepUp(way = {}) {
  return atMostTwice(() => assert(STEP_UP, {}, way));
}

/**
 * Create an account with its first passkey.
 *
 * @param {Person} person
 * @param {Way} [way]
 * @returns {Promise<SignedIn>}
 */
export function signUp(person, way = {}) {
  return atMostTwice(() => register("sign-up", person, way));
}

/**
 * Become the first administrator, by the link that the server printed.
 *
 * @param {Person & { link: string }} person
 * @param {Way} [way]
 * @returns {Promise<SignedIn>}
 */
export function setUp(person, way = {}) {
  return atMostTwice(() => register("setup", person, way));
}

/**
 * Add a passkey to the account that is signed in. When the server wants to know first who is there, `confirm` is
 * called; a page that asks in its own words replaces it.
 *
 * @param {Way & { confirm?: () => Promise<unknown> }} [way]
 */
export async function addPasskey({ confirm, ...way } = {}) {
  const add = () => atMostTwice(() => register(REGISTER, {}, way));
  try {
    return await add();
  } catch (error) {
    if (!(error instanceof StepUpRequired)) throw error;
  }
  await (confirm ? confirm() : stepUp(way));
  return add();
}

/**
 * A ceremony that ended before its answer arrived is begun again at once, but not for ever.
 *
 * @template T
 * @param {() => Promise<T>} ceremony
 */
async function atMostTwice(ceremony) {
  try {
    return await ceremony();
  } catch (error) {
    if (error instanceof BeginAgain) return ceremony();
    throw error;
  }
}

/**
 * @param {string} path
 * @param {object} wanted
 * @param {Way} way
 */
async function assert(path, wanted, way) {
  return finishAssertion(path, await post(`${path}/begin`, wanted, way.signal), way);
}

/**
 * @param {string} path
 * @param {{ state: string, options: any }} begun
 * @param {Way} way
 * @param {CredentialMediationRequirement} [mediation]
 */
async function finishAssertion(path, { state, options }, way, mediation) {
  const credential = await getCredential(options, { ...way, mediation });
  try {
    return await finish(path, state, credential, way);
  } catch (error) {
    if (error instanceof PasskeyRemoved) void forget(options.rpId ?? location.hostname, credential.id);
    throw error;
  }
}

/**
 * @param {string} path
 * @param {object} wanted
 * @param {Way} way
 */
async function register(path, wanted, way) {
  const { state, options } = await post(`${path}/begin`, wanted, way.signal);
  return finish(path, state, await createCredential(options, way), way);
}

/**
 * From here on the person cannot stop it: an answer that arrives may have changed something already.
 *
 * @param {string} path
 * @param {string} state
 * @param {object} credential
 * @param {Way} way
 */
function finish(path, state, credential, way) {
  way.answered?.();
  return post(`${path}/finish`, { state, credential });
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function inSight(signal) {
  if (signal.aborted || !document.hidden) return Promise.resolve();
  return new Promise((go) => {
    document.addEventListener("visibilitychange", () => go(), { once: true, signal });
    signal.addEventListener("abort", () => go(), { once: true });
  });
}
