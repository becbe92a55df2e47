/** One installation: a database of its own, one clock, one letter box, one node or two, and the people who visit. */

import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Visitor } from "./browser.js";
import { Letters } from "./letters.js";
import { Node } from "./node.js";
import { Operator } from "./operator.js";
import { Database } from "./postgres.js";
import { postgresRows, sqliteRows } from "./rows.js";

/** @typedef {"sqlite" | "postgres"} Engine */

/**
 * Somebody with a browser, whichever it is.
 *
 * @typedef {object} Guest
 * @property {() => string[] | Promise<string[]>} complaints What the browser complained about and no test expected.
 * @property {() => Promise<string>} lastSight
 * @property {() => Promise<void>} leave
 */

export class House {
  #folder;
  #settings;
  /** @type {Database | undefined} */
  #database;
  /** @type {Node[]} */
  #nodes = [];
  /** @type {Guest[]} */
  #guests = [];

  /** The time that all nodes share. */
  clock = {
    /** @param {number} seconds */
    advance: (seconds) => Promise.all(this.#nodes.map((node) => node.advance(seconds))),
  };

  /**
   * @param {Engine} engine
   * @param {string} folder
   * @param {Record<string, string>} settings
   */
  constructor(engine, folder, settings) {
    this.engine = engine;
    this.#folder = folder;
    this.#settings = settings;
  }

  /**
   * @param {Engine} engine
   * @param {Record<string, string>} [settings] By their names in the environment, such as SIGNET_ACCOUNTS__SIGN_UP.
   */
  static async open(engine, settings = {}) {
    const house = new House(engine, await mkdtemp(join(tmpdir(), "signet-house-")), settings);
    try {
      if (engine === "postgres") await house.#move(await Database.create());
      house.#nodes.push(await Node.start({ folder: await house.#room("first"), settings: house.#settings }));
    } catch (error) {
      await house.abandon();
      throw error;
    }
    return house;
  }

  /** The public URL. */
  get url() {
    return this.#first.url;
  }

  /** Where the first node listens, whatever the public URL is. */
  ownUrl() {
    return this.#first.ownUrl();
  }

  /** The link that the server printed for the first administrator. */
  setupLink() {
    return this.#first.setupLink();
  }

  /**
   * What the first node writes to its log.
   *
   * @param {string} message
   */
  logs(message) {
    return this.#first.logs(message);
  }

  /** The operator's door of the first node. */
  get operator() {
    return new Operator(this.#first.data);
  }

  /**
   * The one row of the database that a statement reads: its fields, as texts.
   *
   * @param {string} statement
   */
  async row(statement) {
    const database = this.#database;
    const rows = await (database ? postgresRows(database.url, statement) : sqliteRows(this.#file, statement));
    const [row] = rows;
    if (!row || rows.length > 1) throw new Error(`${rows.length} rows: ${statement}`);
    return row;
  }

  /** Those that the first node sent. */
  get letters() {
    this.#letters ??= new Letters(this.#first.data);
    return this.#letters;
  }
  /** @type {Letters | undefined} */
  #letters;

  /**
   * Another node on the same PostgreSQL, under the same master key and the same public URL.
   *
   * @returns {Promise<string>} Where to reach it and no other.
   */
  async secondNode() {
    if (this.engine !== "postgres") throw new Error("two nodes need PostgreSQL");
    const folder = await this.#room("second");
    await mkdir(join(folder, "data"), { mode: 0o700 });
    await copyFile(join(this.#first.data, "master.key"), join(folder, "data", "master.key"));
    const settings = { ...this.#settings, SIGNET_NODE__NAME: "second" };
    const node = await Node.start({ folder, settings, flags: ["--public-url", this.url] });
    this.#nodes.push(node);
    return node.ownUrl();
  }

  /**
   * The first node ends, and begins again on the same data with other settings.
   *
   * @param {Record<string, string>} settings Those that change.
   */
  async startAgain(settings) {
    await this.#first.stop();
    this.#settings = { ...this.#settings, ...settings };
    this.#nodes[0] = await Node.start({ folder: join(this.#folder, "first"), settings: this.#settings });
  }

  /**
   * Somebody with a browser and an authenticator of their own.
   *
   * @param {import("./browser.js").Habits} [habits]
   */
  async visitor(habits = {}) {
    return this.receive(await Visitor.arrive(this.url, habits));
  }

  /**
   * @template {Guest} G
   * @param {G} guest
   * @returns {G} Who is looked after from now on.
   */
  receive(guest) {
    this.#guests.push(guest);
    return guest;
  }

  /** What the browsers complained about and no test expected. */
  async complaints() {
    return (await Promise.all(this.#guests.map((guest) => guest.complaints()))).flat();
  }

  /** What helps to understand a failure. */
  async lastWords() {
    const seen = await Promise.all(this.#guests.map((guest) => guest.lastSight()));
    return [...seen, ...this.#nodes.map((node) => node.lastWords())].join("\n");
  }

  /** In order: every browser closed, every node ended well, nothing left behind. */
  async leave() {
    await Promise.all(this.#guests.map((guest) => guest.leave()));
    for (const node of this.#nodes) await node.stop();
    await this.#tidy();
  }

  /** At once. */
  async abandon() {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await Promise.all(this.#guests.map((guest) => guest.leave()));
    await this.#tidy();
  }

  /** @param {Database} database */
  async #move(database) {
    this.#database = database;
    this.#settings = { ...this.#settings, SIGNET_DATABASE__URL: database.url };
  }

  async #tidy() {
    await this.#database?.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** @param {string} name */
  async #room(name) {
    const folder = join(this.#folder, name);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  get #file() {
    return join(this.#first.data, "signet.db");
  }

  get #first() {
    const [first] = this.#nodes;
    if (!first) throw new Error("the house has no node");
    return first;
  }
}
