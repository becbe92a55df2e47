/** Sites behind https, each under a name of its own, on one port of this machine, and a Chromium that finds them. */

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { certify } from "./authority.js";
import { launch } from "./browser.js";

/** @typedef {(asked: any, answer: any) => void} Door */

export class Street {
  /** @type {Map<string, Door>} */
  #doors = new Map();
  #folder;
  #server;

  /**
   * @param {string} folder
   * @param {any} server
   * @param {string[]} ways
   */
  constructor(folder, server, ways) {
    this.#folder = folder;
    this.#server = server;
    /** Flags for a Chromium that is to find the street. */
    this.ways = ways;
    /** Who comes with this one trusts its certificates too. */
    this.chromium = launch({ home: folder, flags: ways });
    server.on("request", (/** @type {any} */ asked, /** @type {any} */ answer) => {
      const door = this.#doors.get(asked.headers.host);
      if (door) door(asked, answer);
      else answer.writeHead(404).end();
    });
  }

  /** @param {string[]} hosts */
  static async open(hosts) {
    const folder = await mkdtemp(join(tmpdir(), "signet-street-"));
    const server = createServer(await certify(folder, hosts));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // Browsers look for what is well known on the port of https alone.
    const ways = hosts.map((host) => `MAP ${host}:443 127.0.0.1:${server.address().port}`);
    return new Street(folder, server, [`--host-resolver-rules=${ways.join(",")}`]);
  }

  /**
   * From now on this is what stands there.
   *
   * @param {string} host
   * @param {Door} door
   */
  put(host, door) {
    this.#doors.set(host, door);
  }

  async close() {
    await (await this.chromium).close();
    this.#server.close().closeAllConnections();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * A door behind which one page stands, whatever is asked for.
 *
 * @param {string} body
 * @param {string} [type]
 * @returns {Door}
 */
export const showing = (body, type = "text/html; charset=utf-8") => (_, answer) =>
  answer.writeHead(200, { "content-type": type }).end(body);

/**
 * A door that leads to a server which speaks no TLS itself, as proxies do.
 *
 * @param {string} url
 * @returns {Door}
 */
export const leadingTo = (url) => (asked, answer) => {
  const headers = { ...asked.headers, "x-forwarded-for": asked.socket.remoteAddress, "x-forwarded-proto": "https" };
  const passedOn = request(new URL(asked.url, url), { method: asked.method, headers }, (/** @type {any} */ said) => {
    answer.writeHead(said.statusCode, said.headers);
    said.pipe(answer);
  });
  passedOn.on("error", () => answer.destroy());
  asked.pipe(passedOn);
};
