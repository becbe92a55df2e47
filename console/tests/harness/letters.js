/** Letters that the house has sent: without a mail server they are files. */

import { mkdir, readFile, readdir, watch } from "node:fs/promises";
import { join } from "node:path";

import { PATIENCE } from "./within.js";

/**
 * @typedef {object} Letter
 * @property {string} to
 * @property {string} subject
 * @property {string} text
 */

export class Letters {
  #folder;
  /** @type {Set<string>} */
  #read = new Set();

  /** @param {string} data The data folder of a node. */
  constructor(data) {
    this.#folder = join(data, "mail");
  }

  /**
   * @param {string} address
   * @returns {Promise<Letter>} The next letter to this address that has not been read yet.
   */
  async next(address) {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const arrivals = watch(this.#folder, { signal: AbortSignal.timeout(PATIENCE) });
    try {
      for await (const _ of startingNow(arrivals)) {
        const letter = await this.#unread(address);
        if (letter) return letter;
      }
    } catch (/** @type {any} */ error) {
      if (error.name !== "AbortError") throw error;
    }
    throw new Error(`waited ${PATIENCE / 1000} s for a letter to ${address}`);
  }

  /** @param {string} address */
  async #unread(address) {
    const names = (await readdir(this.#folder)).filter((/** @type {string} */ name) => name.endsWith(".eml"));
    for (const name of names.filter((/** @type {string} */ name) => !this.#read.has(name))) {
      const letter = opened(await readFile(join(this.#folder, name), "utf8"));
      if (letter.to !== address) continue;
      this.#read.add(name);
      return letter;
    }
    return undefined;
  }
}

/**
 * One round at once, for what is there already; then one for each event. The watch begins before the first round.
 *
 * @param {AsyncIterator<unknown>} events
 */
async function* startingNow(events) {
  let event = events.next();
  yield;
  while (!(await event).done) {
    event = events.next();
    yield;
  }
}

/**
 * @param {string} file
 * @returns {Letter}
 */
function opened(file) {
  const [head = "", ...body] = file.split("\r\n\r\n");
  const header = (/** @type {string} */ name) =>
    head.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { to: header("to"), subject: header("subject"), text: body.join("\r\n\r\n").replaceAll("\r\n", "\n") };
}
