/** The harness of Firefox itself: what the pages complain about is heard. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { blank, page } from "../tests/harness/blank.js";
import { Firefox } from "./harness/firefox.js";

const BODY = `<p style="color: red">Red</p><script>
  console.error("said");
  console.warn("only warned");
  setTimeout(() => {
    document.body.dataset.done = "yes";
    throw new Error("thrown");
  });
</script>`;

test("whatever a page complains about is heard", { timeout: 60_000 }, async () => {
  const headers = { "content-security-policy": "default-src 'none'; script-src 'unsafe-inline'" };
  const site = await blank(() => ({ headers, body: page(BODY) }));
  const visitor = await Firefox.arrive(site.url);
  try {
    await visitor.open("/");
    await visitor.until(() => document.body.dataset.done);
    const said = (await visitor.complaints()).join("\n");
    for (const word of ["said", "thrown", "Content-Security-Policy"]) assert.ok(said.includes(word), said);
    assert.ok(!said.includes("only warned"), said);
  } finally {
    await visitor.leave();
    site.close();
  }
});
