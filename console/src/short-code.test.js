import assert from "node:assert/strict";
import { test } from "node:test";
import { shortCode } from "./short-code.js";

// `web/src/view/short_code.rs` holds the same pairs.
test("a code is what the server makes of the same id", () => {
  for (const [id, code] of [
    ["", "3BR-261"],
    ["01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e88", "E9Z-888"],
    ["01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e89", "YP9-507"],
  ]) {
    assert.equal(shortCode(id), code);
  }
});
