/** A virtual authenticator: the browser's own, driven through its debugging protocol. */

/** @typedef {import("playwright-core").CDPSession} Session */

/**
 * What kind of device it is. By default one that is built in, keeps its passkeys for itself and always says yes.
 *
 * @typedef {object} Kind
 * @property {"ctap2" | "u2f"} [protocol] A `u2f` one is touched and knows nobody.
 * @property {"internal" | "usb" | "nfc" | "ble" | "hybrid"} [transport] Chromium admits one internal one.
 * @property {boolean} [hasResidentKey]
 * @property {boolean} [hasUserVerification]
 * @property {boolean} [isUserVerified]
 * @property {boolean} [automaticPresenceSimulation]
 * @property {boolean} [defaultBackupEligibility]
 * @property {boolean} [defaultBackupState]
 */

/** @type {Kind} */
const BUILT_IN = {
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};

/**
 * A passkey with its private key, as it can be carried to another authenticator.
 *
 * @typedef {object} Passkey
 * @property {string} credentialId
 * @property {boolean} isResidentCredential
 * @property {string} [rpId]
 * @property {string} privateKey
 * @property {string} [userHandle]
 * @property {number} signCount
 * @property {boolean} [backupEligibility]
 * @property {boolean} [backupState]
 * @property {string} [userName]
 * @property {string} [userDisplayName]
 */

export class Authenticator {
  #session;
  #authenticatorId;

  /**
   * @param {Session} session
   * @param {string} authenticatorId
   */
  constructor(session, authenticatorId) {
    this.#session = session;
    this.#authenticatorId = authenticatorId;
  }

  /**
   * @param {Session} session
   * @param {Kind} [kind]
   */
  static async plugIn(session, kind = {}) {
    const options = /** @type {any} */ ({ protocol: "ctap2", ctap2Version: "ctap2_1", ...BUILT_IN, ...kind });
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
    return new Authenticator(session, authenticatorId);
  }

  /** @returns {Promise<Passkey[]>} */
  async passkeys() {
    const { credentials } = await this.#send("getCredentials");
    return credentials;
  }

  /** @returns {Promise<Passkey>} The only one it holds. */
  async passkey() {
    const passkeys = await this.passkeys();
    const [passkey] = passkeys;
    if (!passkey || passkeys.length > 1) throw new Error(`the authenticator holds ${passkeys.length} passkeys`);
    return passkey;
  }

  /**
   * Puts a passkey on it that was made elsewhere; with a lower count it is a clone.
   *
   * @param {Passkey} passkey
   */
  accept(passkey) {
    return this.#send("addCredential", { credential: passkey });
  }

  /** @param {Passkey} passkey */
  forget({ credentialId }) {
    return this.#send("removeCredential", { credentialId });
  }

  /**
   * Is somebody there who touches it? While nobody is, a ceremony waits; and one that began then is not finished by
   * somebody who comes later: a new one must begin.
   *
   * @param {boolean} enabled
   */
  attended(enabled) {
    return this.#send("setAutomaticPresenceSimulation", { enabled });
  }

  /**
   * Does it recognise its owner?
   *
   * @param {boolean} isUserVerified
   */
  recognises(isUserVerified) {
    return this.#send("setUserVerified", { isUserVerified });
  }

  /**
   * Is this passkey one that may leave the device (BE), and has it (BS)?
   *
   * @param {Passkey} passkey
   * @param {{ backupEligibility?: boolean, backupState?: boolean }} flags
   */
  mark({ credentialId }, flags) {
    return this.#send("setCredentialProperties", { credentialId, ...flags });
  }

  /**
   * What is wrong with its answers from now on; nothing, if nothing is named.
   *
   * @param {{ isBogusSignature?: boolean, isBadUV?: boolean, isBadUP?: boolean }} [faults]
   */
  spoil(faults = {}) {
    return this.#send("setResponseOverrideBits", faults);
  }

  unplug() {
    return this.#send("removeVirtualAuthenticator");
  }

  /**
   * @param {string} command
   * @param {object} [parameters]
   * @returns {Promise<any>}
   */
  #send(command, parameters = {}) {
    const [method, addressed] = [`WebAuthn.${command}`, { authenticatorId: this.#authenticatorId, ...parameters }];
    return this.#session.send(/** @type {any} */ (method), /** @type {any} */ (addressed));
  }
}
