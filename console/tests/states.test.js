/** What people see when something is in the way: every state is whole, narrow and wide, light and dark. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import { API, administrator, arrives, passkeyButton, refuseNext, shows, signOut } from "./harness/steps.js";

/** @typedef {import("playwright-core").Page} Page */

const BEGIN = `${API.signIn}/begin`;

/** @param {import("./harness/house.js").House} house */
async function atTheDoor(house) {
  const visitor = await administrator(house);
  await signOut(visitor.page);
  return visitor;
}

onBothEngines("too many tries: a break, with its end", async (_, house) => {
  const visitor = await atTheDoor(house);
  await refuseNext(visitor, BEGIN, { status: 429, type: "too-many-requests", headers: { "retry-after": "600" } });
  await passkeyButton(visitor.page).click();
  await shows(visitor.page, "break");
  assert.match(await visitor.page.locator("[data-state=break] time").innerText(), /\d{1,2}:\d{2}/);
  await look(visitor.page, "sign-in-break");
});

onBothEngines("our fault is ours, has a code to say, and can be tried again", async (_, house) => {
  const visitor = await atTheDoor(house);
  await refuseNext(visitor, BEGIN, { status: 500, type: "internal" });
  await passkeyButton(visitor.page).click();
  await shows(visitor.page, "ours");
  await visitor.page.getByText("E9Z-888").waitFor();
  await look(visitor.page, "sign-in-ours");
  await visitor.page.getByRole("button", { name: "Try again" }).click();
  await arrives(visitor.page, "/account");
});

onBothEngines("offline, and back", async (_, house) => {
  const visitor = await atTheDoor(house);
  visitor.expectRefusal(BEGIN);
  await visitor.page.route(`**${BEGIN}`, (route) => route.abort("internetdisconnected"), { times: 1 });
  await passkeyButton(visitor.page).click();
  await shows(visitor.page, "unreachable");
  await look(visitor.page, "sign-in-unreachable");
  await visitor.page.getByRole("button", { name: "Try again" }).click();
  await arrives(visitor.page, "/account");
});

onBothEngines("refused by the server, with a code to say", async (_, house) => {
  const visitor = await atTheDoor(house);
  visitor.expectRefusal(`${API.signIn}/finish`);
  await visitor.authenticator.spoil({ isBogusSignature: true });
  await passkeyButton(visitor.page).click();
  await shows(visitor.page, "refused");
  await look(visitor.page, "sign-in-refused");
});

onBothEngines("a device that takes its time", async (_, house) => {
  const visitor = await atTheDoor(house);
  await visitor.page.clock.install();
  await visitor.open("/sign-in");
  await visitor.authenticator.attended(false);
  await passkeyButton(visitor.page).click();
  await shows(visitor.page, "running");
  await visitor.page.clock.runFor(12_000);
  await shows(visitor.page, "slow");
  await look(visitor.page, "sign-in-slow");
  await visitor.authenticator.attended(true);
  await visitor.page.getByRole("button", { name: "Start again" }).click();
  await arrives(visitor.page, "/account");
});

onBothEngines("a browser without passkeys", async (_, house) => {
  await administrator(house);
  const visitor = await house.visitor();
  await visitor.page.addInitScript(() => Reflect.deleteProperty(window, "PublicKeyCredential"));
  await visitor.open("/sign-in");
  await shows(visitor.page, "unsupported");
  const address = visitor.page.locator("[data-state=unsupported] [data-slot=here]");
  assert.equal(await address.innerText(), `${house.url}/sign-in`);
  await look(visitor.page, "sign-in-unsupported");
});

onBothEngines("inside another app, the way out and a try all the same", async (_, house) => {
  await administrator(house);
  const visitor = await house.visitor({ userAgent: "Mozilla/5.0 (iPhone) Mobile/15E148 Instagram 300.0.0.0" });
  await visitor.open("/sign-in");
  await shows(visitor.page, "in-app");
  await look(visitor.page, "sign-in-in-app");
  await visitor.page.getByRole("button", { name: "Try it here all the same" }).click();
  await shows(visitor.page, "ready");
});

onBothEngines("done, and the next page does not open by itself", async (_, house) => {
  const visitor = await atTheDoor(house);
  // A browser stays where it is when the next page has no content.
  await visitor.page.route("**/account", (route) => route.fulfill({ status: 204 }), { times: 1 });
  await passkeyButton(visitor.page).click();
  await shows(visitor.page, "done");
  await look(visitor.page, "sign-in-done");
  await visitor.page.getByRole("link", { name: "Not opening? Continue" }).click();
  await arrives(visitor.page, "/account");
});

onBothEngines(
  "where help is found stands at the foot of every page",
  async (_, house) => {
    const owner = await administrator(house);
    const help = owner.page.getByRole("contentinfo").getByRole("link", { name: "help@fernhill.example" });
    await help.waitFor();
    await look(owner.page, "account-with-help");
    owner.expectRefusal("/nowhere");
    for (const path of ["/nowhere", "/account"]) {
      await owner.open(path);
      assert.equal(await help.getAttribute("href"), "mailto:help@fernhill.example");
    }
    await signOut(owner.page);
    await help.waitFor();
    await look(owner.page, "sign-in-with-help");
  },
  { SIGNET_ORGANISATION__HELP: "help@fernhill.example" },
);

onBothEngines("an address where nothing is", async (_, house) => {
  const visitor = await house.visitor();
  visitor.expectRefusal("/nowhere");
  const answer = await visitor.open("/nowhere");
  assert.equal(answer?.status(), 404);
  await visitor.page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await look(visitor.page, "problem-not-found");
});
