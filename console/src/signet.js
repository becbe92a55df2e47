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
import { createCredential, getCredential, getCredentialAtHand } from "./credential.js";
import { BeginAgain, Closed, PasskeyRemoved, PasskeyUnknown, StepUpRequired } from "./errors.js";
import { Watch } from "./report.js";
import { signalUnknown } from "./signals.js";

export * from "./errors.js";
export { can, canAutofill, canKeepPasskey, capabilities, isSupported } from "./capabilities.js";
export { createCredentialQuietly } from "./credential.js";
export { reportUnable } from "./report.js";
export { signalKnown } from "./signals.js";

/** @typedef {import("./report.js").Kind} Kind */

/** Where the server is asked for each kind of ceremony. @type {Record<Kind, string>} */
const PATHS = {
  sign_in: "sign-in/passkey",
  step_up: "account/step-up",
  sign_up: "sign-up",
  setup: "setup",
  add_passkey: "passkeys/register",
};

/** Beside a field, where most passkeys that are offered are never chosen. @type {{ mediation: "conditional" }} */
const CONDITIONAL = { mediation: "conditional" };

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
 * Sign in. Without an identifier the device offers every passkey it has for this site; `domain`: for a domain of before.
 *
 * @param {Way & { identifier?: string, domain?: string }} [way]
 * @returns {Promise<SignedIn>}
 */
export function signIn({ identifier, domain, ...way } = {}) {
  const wanted = { ...(identifier && { identifier }), ...(domain && { domain }) };
  return atMostTwice(() => assert("sign_in", wanted, way));
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
    const begun = await post(`${PATHS.sign_in}/begin`, CONDITIONAL, signal);
    const round = new AbortController();
    const stop = () => round.abort();
    const timer = setTimeout(stop, Math.max(begun.expires_in - 20, 10) * 1000);
    signal.addEventListener("abort", stop);
    const watch = new Watch("sign_in");
    watch.phase = "ask";
    try {
      if (signal.aborted) throw new Closed();
      const credential = await getCredential(begun.options, { signal: round.signal, ...CONDITIONAL });
      watch.phase = "finish";
      return await finishAssertion("sign_in", begun, { ...CONDITIONAL, credential });
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof BeginAgain) again?.();
      else if (!round.signal.aborted) {
        watch.failed(error);
        throw error;
      }
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
  return atMostTwice(() => assert("step_up", {}, way));
}

/**
 * Create an account with its first passkey.
 *
 * @param {Person} person
 * @param {Way} [way]
 * @returns {Promise<SignedIn>}
 */
export function signUp(person, way = {}) {
  return atMostTwice(() => register("sign_up", person, way));
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
 * `upgrades`: the id of a passkey beside which its provider shall make one that signs with ML-DSA.
 *
 * @param {Way & { confirm?: () => Promise<unknown>, upgrades?: string }} [way]
 */
export async function addPasskey({ confirm, upgrades, ...way } = {}) {
  const add = () => atMostTwice(() => register("add_passkey", upgrades ? { upgrades } : {}, way));
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
 * Whatever goes wrong in it is told to the server too.
 *
 * @template T
 * @param {Kind} kind
 * @param {(watch: Watch) => Promise<T>} ceremony
 */
async function watched(kind, ceremony) {
  const watch = new Watch(kind);
  watch.begin();
  try {
    return await ceremony(watch);
  } catch (error) {
    watch.failed(error);
    throw error;
  } finally {
    watch.end();
  }
}

/**
 * Whoever names nobody and no kind of device is asked first for what is at hand.
 *
 * @param {Kind} kind
 * @param {object} wanted
 * @param {Way} way
 */
function assert(kind, wanted, way) {
  return watched(kind, async (watch) => {
    const begun = await post(`${PATHS[kind]}/begin`, wanted, way.signal);
    watch.phase = "ask";
    const isOpen = !way.hints && !begun.options.allowCredentials?.length;
    const credential = await (isOpen ? getCredentialAtHand(begun.options, way.signal) : getCredential(begun.options, way));
    watch.phase = "finish";
    way.answered?.();
    return finishAssertion(kind, begun, { credential });
  });
}

/**
 * @param {Kind} kind
 * @param {{ state: string, options: any }} begun
 * @param {{ credential: any, mediation?: string }} answer
 */
async function finishAssertion(kind, { state, options }, answer) {
  try {
    return await finish(kind, { state, ...answer });
  } catch (error) {
    const isNowhere = error instanceof PasskeyRemoved || error instanceof PasskeyUnknown;
    if (isNowhere) void signalUnknown(options.rpId ?? location.hostname, answer.credential.id);
    throw error;
  }
}

/**
 * @param {Kind} kind
 * @param {object} wanted
 * @param {Way} way
 */
function register(kind, wanted, way) {
  return watched(kind, async (watch) => {
    const { state, options } = await post(`${PATHS[kind]}/begin`, wanted, way.signal);
    watch.phase = "ask";
    const credential = await createCredential(options, way);
    watch.phase = "finish";
    way.answered?.();
    return finish(kind, { state, credential });
  });
}

/**
 * From here on the person cannot stop it: an answer that arrives may have changed something already.
 *
 * @param {Kind} kind
 * @param {{ state: string, credential: object, mediation?: string }} answer
 */
function finish(kind, answer) {
  return post(`${PATHS[kind]}/finish`, answer);
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
