/**
 * Firefox's own remote control, which programs such as geckodriver speak too: lists in JSON over TCP, each behind its
 * length in bytes and a colon. [0, number, command, parameters] is asked, [1, number, error, result] answered.
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:net";

import { PATIENCE, within } from "../../tests/harness/within.js";

/** It waits by itself for whatever it is told to wait for. */
const LONGER = 2 * PATIENCE;

/** What Firefox says went wrong, by WebDriver's name for it. */
export class Refused extends Error {
  /**
   * @param {string} command
   * @param {{ error: string, message: string }} problem
   */
  constructor(command, { error, message }) {
    super(`${command}: ${error}: ${message}`);
    this.isBetweenPages = message.includes("Document was unloaded");
  }
}

export class Marionette {
  #socket;
  #unread = Buffer.alloc(0);
  #asked = 0;
  /** @type {Map<number, (answer: [any, any]) => void>} */
  #waiting = new Map();

  /** @param {any} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (/** @type {any} */ bytes) => this.#hear(bytes));
    socket.on("error", () => {}); // whoever waits for an answer says so
  }

  /** @param {number} port */
  static async connect(port) {
    const socket = connect(port, "127.0.0.1");
    await within(once(socket, "connect"), () => "Firefox to listen");
    return new Marionette(socket);
  }

  /**
   * @param {string} command
   * @param {object} [parameters]
   * @returns {Promise<any>}
   */
  async ask(command, parameters = {}) {
    this.#asked += 1;
    const number = this.#asked;
    /** @type {Promise<[any, any]>} */
    const answered = new Promise((resolve) => this.#waiting.set(number, resolve));
    const message = JSON.stringify([0, number, command, parameters]);
    this.#socket.write(`${Buffer.byteLength(message)}:${message}`);
    const [problem, result] = await within(answered, () => `Firefox's answer to ${command}`, LONGER);
    if (problem) throw new Refused(command, problem);
    return result && "value" in result ? result.value : result;
  }

  hangUp() {
    this.#socket.destroy();
  }

  /** @param {any} bytes */
  #hear(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (let message = this.#next(); message; message = this.#next()) {
      if (!Array.isArray(message)) continue; // who it is: its greeting
      const [, number, problem, result] = message;
      this.#waiting.get(number)?.([problem, result]);
      this.#waiting.delete(number);
    }
  }

  /** The next message, if all of it is there. */
  #next() {
    const colon = this.#unread.indexOf(":");
    if (colon < 0) return undefined;
    const end = colon + 1 + Number(this.#unread.subarray(0, colon));
    if (this.#unread.length < end) return undefined;
    const message = JSON.parse(this.#unread.subarray(colon + 1, end).toString());
    this.#unread = this.#unread.subarray(end);
    return message;
  }
}
