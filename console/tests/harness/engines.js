/** Tests that run on SQLite and on PostgreSQL, each in a house of its own. */

import { describe, test } from "node:test";

import { House } from "./house.js";
import { within } from "./within.js";

/** No test of ours takes longer unless it hangs, in milliseconds. */
const BOUND = 90_000;
/** To say where it hangs, and to tidy up. */
const REST = 20_000;

/** @typedef {(t: any, house: House) => Promise<void>} Body */

/**
 * @param {string} name
 * @param {Body} body
 * @param {Record<string, string>} [settings] Of the house, by their names in the environment.
 */
export function onBothEngines(name, body, settings = {}) {
  describe(name, () => {
    for (const engine of /** @type {const} */ (["sqlite", "postgres"])) {
      test(engine, { timeout: BOUND + REST }, (/** @type {any} */ t) => inHouse(t, engine, settings, body));
    }
  });
}

/**
 * @param {any} t
 * @param {import("./house.js").Engine} engine
 * @param {Record<string, string>} settings
 * @param {Body} body
 */
async function inHouse(t, engine, settings, body) {
  const house = await House.open(engine, settings);
  const abandon = () => house.abandon();
  t.signal.addEventListener("abort", abandon);
  try {
    await within(body(t, house), () => "the test's end", BOUND);
    const complaints = await house.complaints();
    if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join("\n")}`);
  } catch (error) {
    t.diagnostic(await house.lastWords());
    await abandon();
    throw error;
  } finally {
    t.signal.removeEventListener("abort", abandon);
  }
  await house.leave();
}
