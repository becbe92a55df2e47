/** Lines of a stream: those that have come and those that are still to come. */

import { createInterface } from "node:readline";

/**
 * @template T
 * @typedef {(line: string) => T | undefined} Pick
 */

export class Lines {
  /** @type {string[]} */
  #heard = [];
  /** @type {Set<(line: string) => void>} */
  #waiting = new Set();

  /** @param {unknown} stream */
  constructor(stream) {
    createInterface({ input: stream }).on("line", (/** @type {string} */ line) => {
      this.#heard.push(line);
      for (const tell of this.#waiting) tell(line);
    });
  }

  /**
   * @template T
   * @param {Pick<T>} pick
   * @returns {Promise<T>} What was picked from the first line in which there was something to pick.
   */
  first(pick) {
    for (const line of this.#heard) {
      const picked = pick(line);
      if (picked !== undefined) return Promise.resolve(picked);
    }
    return new Promise((resolve) => {
      const tell = (/** @type {string} */ line) => {
        const picked = pick(line);
        if (picked === undefined) return;
        this.#waiting.delete(tell);
        resolve(picked);
      };
      this.#waiting.add(tell);
    });
  }

  /** @param {number} count */
  last(count) {
    return this.#heard.slice(-count);
  }
}
