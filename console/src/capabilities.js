/**
 * What this browser can do with passkeys, by its own word. What it does not say is unknown, which is neither yes nor
 * no: nobody is turned away for it, and nothing is tried that would go wrong where it is missing.
 */

import { hash } from "./hash.js";

/** @typedef {Readonly<Record<string, boolean | undefined>>} Capabilities By their names in the standard. */

/** @returns {boolean} */
export function isSupported() {
  return typeof PublicKeyCredential === "function" && typeof navigator.credentials?.get === "function";
}

/** @returns {Promise<Capabilities>} */
export async function capabilities() {
  const said = await asked(() => PublicKeyCredential.getClientCapabilities?.());
  return { .../** @type {Record<string, boolean> | undefined} */ (said) };
}

/**
 * Does this browser say that it can?
 *
 * @param {string} capability
 */
export async function can(capability) {
  return (await capabilities())[capability] === true;
}

/** Can saved passkeys be offered in the autofill list of a field? */
export async function canAutofill() {
  return (await asked(() => PublicKeyCredential.isConditionalMediationAvailable?.())) === true;
}

/** Can this device keep a passkey, and tell its owner from others? */
export async function canKeepPasskey() {
  return (await asked(() => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.())) === true;
}

/**
 * A number for all of it, alike where browsers are alike: enough to see that those with a failure have something in
 * common, and too little to know one of them again.
 *
 * @param {Capabilities} capabilities
 */
export function fingerprint(capabilities) {
  const words = Object.entries(capabilities).map(([name, can]) => `${name}=${can}`);
  return hash(words.sort().join(" "));
}

/**
 * @template T
 * @param {() => Promise<T> | undefined} ask
 * @returns {Promise<T | undefined>} Nothing, where the browser does not know the question.
 */
async function asked(ask) {
  if (!isSupported()) return undefined;
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
