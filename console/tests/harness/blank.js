/** A site of nobody's on a free port of this machine, for what needs a page and no house. */

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @typedef {object} Blank
 * @property {string} url
 * @property {() => void} close
 */

/**
 * @param {(request: any) => { body: string, headers?: Record<string, string | string[]> }} answer
 * @returns {Promise<Blank>}
 */
export async function blank(answer) {
  const server = createServer((/** @type {any} */ request, /** @type {any} */ response) => {
    const { body, headers = {} } = answer(request);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://localhost:${server.address().port}`, close: () => server.close().closeAllConnections() };
}

/** @param {string} main */
export function page(main) {
  const head = "<head><title>Blank</title></head>";
  return `<!doctype html><html lang="en">${head}<body><main><h1>Blank</h1>${main}</main></body></html>`;
}
