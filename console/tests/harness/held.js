/**
 * A test file ends with whoever runs it: its input is a pipe that the runner holds. What the file has started ends with
 * the file, for the same reason.
 */

import { fstatSync } from "node:fs";

const input = fstatSync(0);
if (input.isFIFO() || input.isSocket()) {
  process.stdin.on("end", () => process.exit(1));
  process.stdin.resume();
  process.stdin.unref();
}
