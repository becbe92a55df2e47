/** Recorded ceremonies, judged once more by `signet ceremony check`: by the code that the server runs. */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { testNode } from "./given.js";

/**
 * What is said of it, but for its id.
 *
 * @param {object} ceremony As docs/features/ceremony-check.md has it.
 * @returns {Promise<object>}
 */
export async function judged(ceremony) {
  const folder = await mkdtemp(join(tmpdir(), "signet-recorded-"));
  try {
    const file = join(folder, "ceremonies.json");
    await writeFile(file, JSON.stringify([ceremony]));
    const words = [join(folder, "clock.sock"), "ceremony", "check", file];
    const { stdout } = await promisify(execFile)(testNode(), words);
    const { id: _, ...judgement } = JSON.parse(stdout);
    return judgement;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
