/** The operator's door of a node: a socket in its data folder. */

import { request } from "node:http";
import { join } from "node:path";

export class Operator {
  #socket;

  /** @param {string} data */
  constructor(data) {
    this.#socket = join(data, "operator.sock");
  }

  /** @param {string} path */
  read = (path) => this.#ask("GET", path);

  /**
   * @param {string} path
   * @param {object} form
   */
  tell = (path, form) => this.#ask("POST", path, JSON.stringify(form));

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   * @returns {Promise<any>} What is answered, if it is JSON.
   */
  async #ask(method, path, body) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    /** @type {any} */
    const answer = await new Promise((resolve, reject) => {
      request({ socketPath: this.#socket, method, path, headers }, resolve).on("error", reject).end(body);
    });
    const text = (await answer.toArray()).join("");
    if (Number(answer.statusCode) >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }
}
