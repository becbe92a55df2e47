/** One server process. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

import { testNode } from "./given.js";
import { Lines } from "./lines.js";
import { within } from "./within.js";

const READY = "Signet is ready at ";
const FIRST_ADMINISTRATOR = "Become the first administrator (once, within an hour): ";

/**
 * @typedef {object} Start
 * @property {string} folder Where it works, keeps its data and listens for its clock.
 * @property {Record<string, string>} settings Its whole environment but for the path.
 * @property {string[]} [flags] More flags of `serve`.
 */

/**
 * A `signet serve` with a clock that the test turns. Its input is a pipe of ours, so that it ends when we do, however
 * that may be.
 */
export class Node {
  /** Where it is reached: its public URL. */
  url = "";
  #process;
  #socket;
  #said;
  #log;
  /** @type {Promise<number | string>} */
  #ended;

  /** @param {Start} start */
  constructor({ folder, settings, flags = [] }) {
    this.data = join(folder, "data");
    this.#socket = join(folder, "clock.sock");
    const words = [this.#socket, "serve", "--listen", "127.0.0.1:0", "--data", this.data, ...flags];
    this.#process = spawn(testNode(), words, { cwd: folder, env: { PATH: "/usr/bin:/bin", ...settings } });
    this.#process.stdin.on("error", () => {}); // a server that has ended reads no more
    this.#ended = once(this.#process, "close").then((/** @type {any[]} */ [code, signal]) => code ?? signal);
    this.#said = new Lines(this.#process.stdout);
    this.#log = new Lines(this.#process.stderr);
  }

  /**
   * @param {Start} start
   * @returns {Promise<Node>} Once it says that it is ready.
   */
  static async start(start) {
    const node = new Node(start);
    node.url = await node.#hears(node.#said, after(READY), READY);
    return node;
  }

  /** @returns {Promise<string>} The link it prints for the first administrator, as long as there is none. */
  setupLink() {
    return this.#hears(this.#said, after(FIRST_ADMINISTRATOR), FIRST_ADMINISTRATOR);
  }

  /** @returns {Promise<string>} Where it listens, whatever its public URL is. */
  async ownUrl() {
    const { port } = new URL(`http://${await this.#hears(this.#log, listening, "serving")}`);
    return `http://localhost:${port}`;
  }

  /**
   * @param {number} seconds
   * @returns {Promise<void>} Once it is that much later there.
   */
  async advance(seconds) {
    const clock = connect(this.#socket);
    clock.write(`advance ${Math.round(seconds * 1e6)}\n`);
    await within(once(clock, "data"), () => "the clock's answer");
    clock.destroy();
  }

  /**
   * @param {string} message
   * @returns {Promise<any>} The first line of its log with this message, once it is there.
   */
  logs(message) {
    const pick = (/** @type {string} */ line) => {
      const said = line.startsWith("{") ? JSON.parse(line) : {};
      return said.message === message ? said : undefined;
    };
    return this.#hears(this.#log, pick, message);
  }

  lastWords() {
    return this.#log.last(30).map(readable).join("\n");
  }

  /** Ends it in order, and fails where it does not end well. */
  async stop() {
    this.#process.kill("SIGTERM");
    const code = await within(this.#ended, () => `the server's end\n${this.lastWords()}`);
    if (code !== 0) throw new Error(`the server ended with ${code}\n${this.lastWords()}`);
    await rm(this.#socket, { force: true }); // for whoever starts here again
  }

  kill() {
    this.#process.kill("SIGKILL");
    return this.#ended;
  }

  /**
   * @template T
   * @param {Lines} lines
   * @param {import("./lines.js").Pick<T>} pick
   * @param {string} words
   * @returns {Promise<T>}
   */
  async #hears(lines, pick, words) {
    const what = () => `"${words.trim()}" from the server\n${this.lastWords()}`;
    const ended = this.#ended.then((code) => {
      throw new Error(`the server ended with ${code}; waited for ${what()}`);
    });
    return within(Promise.race([lines.first(pick), ended]), what);
  }
}

/**
 * @param {string} start
 * @returns {import("./lines.js").Pick<string>} What comes after it.
 */
const after = (start) => (line) => (line.startsWith(start) ? line.slice(start.length) : undefined);

/**
 * @param {string} line
 * @returns {string} A log line without what is the same in all of them.
 */
function readable(line) {
  if (!line.startsWith("{")) return line;
  const { at, level, target, message, node, region, ...rest } = JSON.parse(line);
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  return [at, node, level, target, message, ...facts].filter(Boolean).join(" ");
}

/**
 * @param {string} line
 * @returns {string | undefined}
 */
function listening(line) {
  return line.includes('"serving"') ? JSON.parse(line).address : undefined;
}
