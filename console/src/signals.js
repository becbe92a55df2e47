/**
 * Telling the browser which passkeys sign in, so that it offers those and no others. Not every browser listens, and
 * none has to: whatever goes wrong here is nobody's loss.
 */

import { get } from "./api.js";
import { isSupported } from "./capabilities.js";

/** Nobody waits longer for a courtesy, in milliseconds. */
const COURTESY = 1_000;

/**
 * No account here has this passkey, by the server's word.
 *
 * @param {string} rpId
 * @param {string} credentialId
 */
export function signalUnknown(rpId, credentialId) {
  return signal("signalUnknownCredential", { rpId, credentialId });
}

/** Which passkeys the account that is signed in has, and what it is called. */
export async function signalKnown() {
  if (!listens("signalAllAcceptedCredentials") && !listens("signalCurrentUserDetails")) return;
  try {
    const known = await get("account/signals", AbortSignal.timeout(COURTESY));
    const whose = { rpId: known.rp_id, userId: known.user_id };
    await Promise.all([
      signal("signalAllAcceptedCredentials", { ...whose, allAcceptedCredentialIds: known.accepted }),
      signal("signalCurrentUserDetails", { ...whose, name: known.name, displayName: known.display_name }),
    ]);
  } catch {
    // The next page tells it.
  }
}

/** @param {string} method */
function listens(method) {
  return isSupported() && typeof (/** @type {any} */ (PublicKeyCredential)[method]) === "function";
}

/**
 * @param {string} method
 * @param {object} said
 */
async function signal(method, said) {
  if (!listens(method)) return;
  try {
    await (/** @type {any} */ (PublicKeyCredential)[method](said));
  } catch {
    // Another word for: not here.
  }
}
