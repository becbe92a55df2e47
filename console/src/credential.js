/**
 * The browser's half of a ceremony: options as JSON in, the credential's answer as JSON out. Browsers that cannot
 * translate by themselves yet get the same done here.
 */

import { Unsupported, fromBrowser } from "./errors.js";

/**
 * @typedef {object} Asking
 * @property {AbortSignal} [signal]
 * @property {CredentialMediationRequirement} [mediation]
 * @property {string[]} [hints] what to offer first: `client-device`, `hybrid` or `security-key`
 */

/** @returns {boolean} */
export function isSupported() {
  return typeof PublicKeyCredential === "function" && typeof navigator.credentials?.get === "function";
}

/** Can saved passkeys be offered in the autofill list of a field? */
export async function canAutofill() {
  return isSupported() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

/**
 * @param {any} json PublicKeyCredentialRequestOptionsJSON
 * @param {Asking} [asking]
 */
export function getCredential(json, { signal, mediation, hints } = {}) {
  return answered(() => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? requestOptions(json);
    return navigator.credentials.get({ publicKey: hinted(publicKey, hints), signal, mediation });
  });
}

/**
 * @param {any} json PublicKeyCredentialCreationOptionsJSON
 * @param {Asking} [asking]
 */
export function createCredential(json, { signal, hints } = {}) {
  return answered(() => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? creationOptions(json);
    return navigator.credentials.create({ publicKey: hinted(publicKey, hints), signal });
  });
}

/**
 * Tell the browser that this passkey signs in no more, so that it stops offering it. Not every browser
 * listens, and none has to.
 *
 * @param {string} rpId
 * @param {string} credentialId
 */
export async function forget(rpId, credentialId) {
  /** @type {any} */
  const listening = PublicKeyCredential;
  try {
    await listening.signalUnknownCredential?.({ rpId, credentialId });
  } catch {
    // It is a courtesy.
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
 * @template {object} T
 * @param {T} publicKey
 * @param {string[]} [hints]
 */
function hinted(publicKey, hints) {
  return hints ? { ...publicKey, hints } : publicKey;
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

/** @param {any} credential */
export function answerByHand(credential) {
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const { credProps } = credential.getClientExtensionResults();
  const members = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const bytes = members.filter((member) => response[member]).map((member) => [member, toBase64url(response[member])]);
  return {
    id,
    rawId: toBase64url(rawId),
    type,
    ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
    clientExtensionResults: credProps ? { credProps } : {},
    response: {
      ...Object.fromEntries(bytes),
      ...(response.getTransports ? { transports: response.getTransports() } : {}),
    },
  };
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
