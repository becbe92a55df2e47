/**
 * Runs the browser tests, all of them or those that are named, and counts them in the words of `cargo test`, so that
 * whoever counts one counts both.
 *
 *     node tests/run.js [--held] [--firefox] [sign-in …]
 *
 * `--held`: ends when its input does, with everything it has started. `--firefox`: those in Firefox instead.
 */

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** A file that takes longer hangs, in milliseconds. */
const BOUND = 400_000;
/** Browsers wait a lot: two files share a processor well. */
const AT_ONCE = 2;

const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith("--"));

/** The modules may have tests beside them. */
const FOLDERS = (words.includes("--firefox") ? ["../firefox/"] : [".", "../src/"]).map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);
const ENDING = ".test.js";

/**
 * @param {string[]} names
 * @returns {Promise<string[]>} The paths of these test files; without a name, of all.
 */
async function chosen(names) {
  const all = new Map();
  for (const folder of FOLDERS.filter((folder) => existsSync(folder))) {
    for (const file of (await readdir(folder, { recursive: true })).sort()) {
      if (file.endsWith(ENDING)) all.set(basename(file, ENDING), join(folder, file));
    }
  }
  const unknown = names.filter((name) => !all.has(name));
  if (unknown.length > 0) {
    throw new Error(`There is no test file ${unknown.join(", ")}; there are ${[...all.keys()].join(", ")}.`);
  }
  return names.length > 0 ? names.map((name) => all.get(name)) : [...all.values()];
}

/** What Node counts, we count ourselves. */
const TOTAL = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** One file: what its tests said as they ended, and how many there were of each kind. */
class Account {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** @type {string[]} */
  lines = [];
  /** @type {string[]} The names around the test that ended last. */
  #suites = [];

  /** @param {string} path */
  constructor(path) {
    this.path = path;
    this.lines.push(`     Running browser tests ${basename(path, ENDING)}`);
  }

  /** @param {{ type: string, data: any }} event */
  hear({ type, data }) {
    if (type === "test:start") this.#suites[data.nesting] = data.name;
    else if (type === "test:stdout" || type === "test:stderr") this.lines.push(data.message.trimEnd());
    else if (type === "test:diagnostic" && !TOTAL.test(data.message)) this.lines.push(indented(data.message));
    else if (type === "test:pass" || type === "test:fail") this.#count(type, data);
  }

  /**
   * @param {string} type
   * @param {any} data
   */
  #count(type, { name, nesting, skip, todo, details }) {
    // A suite, and a file, fails with its tests; each of those has been counted.
    if (details.type === "suite" || details.error?.failureType === "subtestsFailed") return;
    const whole = [...this.#suites.slice(0, nesting), name === this.path ? "the file itself" : name].join(": ");
    const took = seconds(details.duration_ms);
    if (skip !== undefined || todo !== undefined) {
      this.skipped += 1;
      this.lines.push(`test ${whole} ... ignored`);
    } else if (type === "test:pass") {
      this.passed += 1;
      this.lines.push(`test ${whole} ... ok (${took})`);
    } else {
      this.failed += 1;
      this.lines.push(`test ${whole} ... FAILED (${took})`, indented(reason(details.error)));
    }
  }

  /** @param {number} milliseconds */
  end(milliseconds) {
    const verdict = this.failed > 0 ? "FAILED" : "ok";
    const counts = `${this.passed} passed; ${this.failed} failed; ${this.skipped} ignored`;
    this.lines.push(`test result: ${verdict}. ${counts}; finished in ${seconds(milliseconds)}`, "", "");
  }
}

/** @param {number} milliseconds */
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(2)}s`;

/** @param {any} error */
function reason(error) {
  const { stack, message } = error.cause ?? error;
  const lines = stripVTControlCharacters(String(stack ?? message ?? error.message)).split("\n");
  // Where in our files it happened is enough.
  return lines.filter((/** @type {string} */ line) => !/^\s+at .*(node:|node_modules)/.test(line)).join("\n");
}

/** @param {string} text */
const indented = (text) => text.trimEnd().replaceAll(/^/gm, "    ");

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} Is all well?
 */
async function counted(path, signal) {
  const [account, begun] = [new Account(path), performance.now()];
  for await (const event of run({ files: [path], timeout: BOUND, signal })) account.hear(event);
  account.end(performance.now() - begun);
  process.stdout.write(account.lines.join("\n"));
  return account.failed === 0;
}

async function main() {
  const files = await chosen(names);
  const controller = new AbortController();
  if (words.includes("--held")) {
    process.stdin.on("end", () => controller.abort());
    process.stdin.resume();
  }
  let good = true;
  const work = async () => {
    for (let file = files.shift(); file; file = files.shift()) {
      good = (await counted(file, controller.signal)) && good;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  process.exit(good ? 0 : 1);
}

main().catch((error) => {
  process.stdout.write(`${error.message}\n`);
  process.exit(2);
});
