/** A program that speaks to the server for itself: with a secret of its own, and without a page or a cookie. */

import { createHash, randomBytes } from "node:crypto";

/** @typedef {{ state: string, options: any, expires_in: number }} Begun */
/** @typedef {{ status: number, said: any }} Answer */

export class Program {
  #url;
  #secret = randomBytes(32);

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  /**
   * @param {string} path One of API.
   * @param {object} [wanted]
   * @returns {Promise<Begun>}
   */
  async begin(path, wanted = {}) {
    const binding = createHash("sha256").update(this.#secret).digest("base64url");
    const { status, said } = await this.#post(`${path}/begin`, { ...wanted, binding });
    if (status !== 200) throw new Error(`${path}/begin answered ${status}: ${JSON.stringify(said)}`);
    return said;
  }

  /**
   * @param {string} path
   * @param {Begun} begun
   * @param {object} credential
   */
  finish(path, { state }, credential) {
    return this.#post(`${path}/finish`, { state, credential, secret: this.#secret.toString("base64url") });
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<Answer>}
   */
  async #post(path, body) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.#url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, said: await answer.json() };
  }
}
