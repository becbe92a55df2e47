/** Reading in the database of a running server, by the programs that its engine comes with. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Between two fields; in none of ours. */
const SEPARATOR = "\x1f";

/**
 * Each row's fields, as texts.
 *
 * @param {string} url
 * @param {string} statement
 */
export function postgresRows(url, statement) {
  const words = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", `--field-separator=${SEPARATOR}`];
  return rows("psql", [...words, "--set", "ON_ERROR_STOP=1", "--command", statement, url]);
}

/**
 * @param {string} file
 * @param {string} statement
 */
export function sqliteRows(file, statement) {
  return rows("sqlite3", ["-readonly", "-batch", "-init", "/dev/null", "-separator", SEPARATOR, file, statement]);
}

/**
 * @param {string} program
 * @param {string[]} words
 * @returns {Promise<string[][]>}
 */
async function rows(program, words) {
  const { stdout } = await promisify(execFile)(program, words, { env: { PATH: process.env.PATH } });
  return stdout.split("\n").filter(Boolean).map((/** @type {string} */ line) => line.split(SEPARATOR));
}
