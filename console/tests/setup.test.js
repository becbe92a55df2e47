/** The first administrator. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import { API, MAREN, administrator, arrives, beforeNext, introduce, passkeyRows, shows } from "./harness/steps.js";

onBothEngines("whoever opens the printed link becomes the first administrator", async (_, house) => {
  const visitor = await house.visitor();
  await visitor.open(await house.setupLink());
  await shows(visitor.page, "ready");
  assert.equal(new URL(visitor.page.url()).hash, "", "the token leaves the address bar");
  await look(visitor.page, "setup");
  await introduce(visitor.page, MAREN);
  await arrives(visitor.page, "/account");
  await visitor.page.getByRole("heading", { level: 1, name: MAREN.name }).waitFor();
  assert.equal(await passkeyRows(visitor.page).count(), 1);
  const passkey = await visitor.authenticator.passkey();
  assert.deepEqual([passkey.rpId, passkey.isResidentCredential, passkey.userName], ["localhost", true, MAREN.username]);
  await look(visitor.page, "account-first");
});

onBothEngines("the link works once", async (_, house) => {
  const link = await house.setupLink();
  const early = await house.visitor();
  await early.open(link);
  await shows(early.page, "ready");
  await administrator(house);

  early.expectRefusal(`${API.setUp}/begin`);
  await introduce(early.page, { name: "Late", username: "late" });
  await shows(early.page, "link-ended");
  await look(early.page, "setup-link-ended");
  assert.deepEqual(await early.authenticator.passkeys(), [], "no passkey was made in vain");

  await early.open("/setup");
  await early.page.getByRole("heading", { name: "This is set up already" }).waitFor();
  await look(early.page, "setup-done");
});

onBothEngines("the link ends after an hour", async (_, house) => {
  const visitor = await house.visitor();
  await house.clock.advance(3601);
  visitor.expectRefusal(`${API.setUp}/begin`);
  await visitor.open(await house.setupLink());
  await introduce(visitor.page, MAREN);
  await shows(visitor.page, "link-ended");
});

onBothEngines("half a link asks for the whole one, and the whole one works in the same place", async (_, house) => {
  const visitor = await house.visitor();
  await visitor.open("/setup");
  await shows(visitor.page, "no-link");
  await look(visitor.page, "setup-no-link");
  await visitor.open(await house.setupLink());
  await introduce(visitor.page, MAREN);
  await arrives(visitor.page, "/account");
});

onBothEngines("a set-up that took too long begins again by itself", async (_, house) => {
  const visitor = await house.visitor();
  visitor.expectRefusal(`${API.setUp}/finish`);
  await beforeNext(visitor.page, `${API.setUp}/finish`, () => house.clock.advance(181));
  await visitor.open(await house.setupLink());
  await introduce(visitor.page, MAREN);
  await arrives(visitor.page, "/account");
  assert.equal(await passkeyRows(visitor.page).count(), 1);
});
