/** What pages tell browsers of passkeys, and what browsers make of it. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import { API, administrator, arrives, isAdded, passkeyButton, passkeyRows, shows, signIn, signOut, twin } from "./harness/steps.js";

onBothEngines("a passkey that nobody has here is offered no more", async (_, house) => {
  const owner = await administrator(house);
  const stranger = await house.visitor();
  const unknown = { ...(await owner.authenticator.passkey()), credentialId: btoa("made somewhere else") };
  await stranger.authenticator.accept(unknown);
  stranger.expectRefusal(`${API.signIn}/finish`);
  await stranger.open("/sign-in");
  const deleted = stranger.sees("credentialDeleted");
  await passkeyButton(stranger.page).click();
  await shows(stranger.page, "removed");
  await look(stranger.page, "sign-in-unknown");
  assert.equal((await deleted).credentialId, unknown.credentialId);
  assert.deepEqual(await stranger.authenticator.passkeys(), []);
});

onBothEngines("a passkey that was only refused stays where it is", async (_, house) => {
  const owner = await administrator(house);
  await signOut(owner.page);
  owner.expectRefusal(`${API.signIn}/finish`);
  await owner.authenticator.spoil({ isBogusSignature: true });
  await passkeyButton(owner.page).click();
  await shows(owner.page, "refused");
  await owner.authenticator.spoil();
  await signIn(owner);
  assert.equal((await owner.authenticator.passkeys()).length, 1);
});

onBothEngines("a passkey that was removed here is offered no more here, and the others are", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await house.clock.advance(1);
  const key = await owner.plugIn({ transport: "usb" });
  await owner.authenticator.attended(false);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await isAdded(page);
  const [carried] = await key.passkeys();
  await passkeyRows(page).nth(1).getByRole("link", { name: "Remove" }).click();
  const deleted = owner.sees("credentialDeleted");
  await page.getByRole("button", { name: "Remove this passkey" }).click();
  assert.equal((await deleted).credentialId, carried?.credentialId);
  assert.equal((await owner.authenticator.passkeys()).length, 1);
});

onBothEngines("a browser learns at a sign-in what the account is called", async (_, house) => {
  const owner = await administrator(house);
  for (const next of ["/account", "/confirm?link=AAAA"]) {
    const elsewhere = await twin(house, owner);
    const passkey = await elsewhere.authenticator.passkey();
    await elsewhere.authenticator.forget(passkey);
    await elsewhere.authenticator.accept({ ...passkey, userName: "m.holt", userDisplayName: "Maren Holt" });
    const updated = elsewhere.sees("credentialUpdated");
    await elsewhere.open(`/sign-in?next=${encodeURIComponent(next)}`);
    await passkeyButton(elsewhere.page).click();
    await arrives(elsewhere.page, new URL(next, house.url).pathname);
    await updated;
    const { userName, userDisplayName } = await elsewhere.authenticator.passkey();
    assert.deepEqual([userName, userDisplayName], ["maren", "Maren Okafor"]);
  }
});

onBothEngines("a browser that does not listen is told nothing, and nobody notices", async (_, house) => {
  const owner = await administrator(house);
  await owner.page.addInitScript(() => {
    for (const name of Object.getOwnPropertyNames(PublicKeyCredential)) {
      if (name.startsWith("signal")) Reflect.deleteProperty(PublicKeyCredential, name);
    }
  });
  await signOut(owner.page);
  await signIn(owner);
  assert.equal(await passkeyRows(owner.page).count(), 1);
});
