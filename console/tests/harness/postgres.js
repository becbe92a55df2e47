/** Databases of one's own in the cluster that the tests are given. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { postgresUrl } from "./given.js";

let made = 0;

/** A new, empty database. */
export class Database {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.url = Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href;
  }

  static async create() {
    made += 1;
    const database = new Database(`signet_browser_${process.pid}_${made}`);
    await administer(`CREATE DATABASE ${database.name}`);
    return database;
  }

  async drop() {
    await administer(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

/** @param {string} statement */
async function administer(statement) {
  const words = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement, postgresUrl()];
  await promisify(execFile)("psql", words, { env: { PATH: process.env.PATH } });
}
