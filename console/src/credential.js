/**
 * The browser's half of a ceremony: options as JSON in, the credential's answer as JSON out. Browsers that cannot
 * translate by themselves yet get the same done here.
 */

import { can, isSupported } from "./capabilities.js";
import { Unsupported, fromBrowser } from "./errors.js";

/**
 * @typedef {object} Asking
 * @property {AbortSignal} [signal]
 * @property {CredentialMediationRequirement} [mediation]
 * @property {string[]} [hints] what to offer first: `client-device`, `hybrid` or `security-key`
 */

/**
 * @param {any} json PublicKeyCredentialRequestOptionsJSON
 * @param {Asking} [asking]
 */
export function getCredential(json, { signal, mediation, hints } = {}) {
  return answered(() => {
    const publicKey = { ...parsedRequest(json), ...(hints && { hints }) };
    return navigator.credentials.get({ publicKey, signal, mediation });
  });
}

/**
 * A passkey that this device has at hand is asked for first, without a word about phones and keys. A browser that has
 * none says so at once and shows nothing; then, or where the person wanted none of these, follows the usual question.
 *
 * @param {any} json PublicKeyCredentialRequestOptionsJSON, without a list of credentials
 * @param {AbortSignal} [signal]
 */
export async function getCredentialAtHand(json, signal) {
  return (await atHand(json, signal)) ?? getCredential(json, { signal });
}

/**
 * @param {any} json
 * @param {AbortSignal} [signal]
 */
async function atHand(json, signal) {
  if (!(await can("immediateGet"))) return null;
  try {
    const asked = { publicKey: parsedRequest(json), signal, uiMode: "immediate" };
    return await answered(() => navigator.credentials.get(asked));
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

/**
 * @param {any} json PublicKeyCredentialCreationOptionsJSON
 * @param {Asking} [asking]
 */
export function createCredential(json, { signal, mediation, hints } = {}) {
  return answered(() => {
    const publicKey = hinted(parsedCreation(json), hints);
    return navigator.credentials.create(/** @type {any} */ ({ publicKey, signal, mediation }));
  });
}

/**
 * Make a passkey beside something else that the person just proved, without asking them: only where the browser says
 * that it can. `null`: it cannot, or would not, and nobody was disturbed.
 *
 * @param {any} json PublicKeyCredentialCreationOptionsJSON
 * @param {AbortSignal} [signal]
 */
export async function createCredentialQuietly(json, signal) {
  if (!(await can("conditionalCreate"))) return null;
  try {
    return await createCredential(json, { signal, mediation: "conditional" });
  } catch {
    return null;
  }
}

/** @param {() => Promise<Credential | null>} ask */
async function answered(ask) {
  if (!isSupported()) throw new Unsupported();
  try {
    const credential = await ask();
    if (!(credential instanceof PublicKeyCredential)) throw new Unsupported();
    return answer(credential);
  } catch (error) {
    throw fromBrowser(error);
  }
}

/**
 * Browsers that do not know hints know which of two kinds of device is meant.
 *
 * @param {PublicKeyCredentialCreationOptions} publicKey
 * @param {string[]} [hints]
 */
function hinted(publicKey, hints) {
  if (!hints?.[0]) return publicKey;
  const authenticatorAttachment = hints[0] === "client-device" ? "platform" : "cross-platform";
  const authenticatorSelection = { ...publicKey.authenticatorSelection, authenticatorAttachment };
  return { ...publicKey, hints, authenticatorSelection };
}

/** @param {any} json */
function parsedRequest(json) {
  return PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? requestOptions(json);
}

/** @param {any} json */
function parsedCreation(json) {
  return PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? creationOptions(json);
}

/** @param {any} json */
export function requestOptions(json) {
  return { ...json, challenge: fromBase64url(json.challenge), allowCredentials: descriptors(json.allowCredentials) };
}

/** @param {any} json */
export function creationOptions(json) {
  return {
    ...json,
    challenge: fromBase64url(json.challenge),
    user: { ...json.user, id: fromBase64url(json.user.id) },
    excludeCredentials: descriptors(json.excludeCredentials),
  };
}

/** @param {any[] | undefined} listed */
function descriptors(listed) {
  return (listed ?? []).map((one) => ({ ...one, id: fromBase64url(one.id) }));
}

/** @param {PublicKeyCredential} credential */
function answer(credential) {
  try {
    return credential.toJSON();
  } catch {
    // Missing, or broken by an extension that stands in for the browser.
    return answerByHand(credential);
  }
}

/** What browsers keep behind a call: of a new passkey, what it says of itself in forms that are easier to read. */
/** @type {[string, string][]} */
const CALLS = [
  ["authenticatorData", "getAuthenticatorData"],
  ["publicKey", "getPublicKey"],
  ["publicKeyAlgorithm", "getPublicKeyAlgorithm"],
  ["transports", "getTransports"],
];
const MEMBERS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

/** @param {any} credential */
export function answerByHand(credential) {
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const { credProps } = credential.getClientExtensionResults();
  const said = MEMBERS.map((member) => [member, response[member]]);
  const called = CALLS.map(([member, call]) => [member, response[call]?.()]);
  const told = [...said, ...called].filter(([, value]) => value !== undefined && value !== null);
  return {
    id,
    rawId: toBase64url(rawId),
    type,
    ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
    clientExtensionResults: credProps ? { credProps } : {},
    response: Object.fromEntries(told.map(([member, value]) => [member, asText(value)])),
  };
}

/** @param {unknown} value */
function asText(value) {
  return value instanceof ArrayBuffer || value instanceof Uint8Array ? toBase64url(value) : value;
}

/** @param {string} text */
export function fromBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @param {ArrayBuffer | Uint8Array} buffer */
export function toBase64url(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
