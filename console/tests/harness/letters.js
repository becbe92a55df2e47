/** Letters that the house has sent: without a mail server they are files. */

import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { within } from "./within.js";

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
    const watcher = watch(this.#folder);
    try {
      for (let change = once(watcher, "change"); ; change = once(watcher, "change")) {
        const letter = await this.#unread(address); // what comes meanwhile is a change already
        if (letter) return letter;
        await within(change, () => `a letter to ${address}`);
      }
    } finally {
      watcher.close();
    }
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
 * @param {string} file
 * @returns {Letter}
 */
function opened(file) {
  const [head = "", ...body] = file.split("\r\n\r\n");
  const header = (/** @type {string} */ name) =>
    head.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { to: header("to"), subject: header("subject"), text: body.join("\r\n\r\n").replaceAll("\r\n", "\n") };
}
