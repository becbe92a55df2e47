/** Signet moves to another domain, and whoever has a passkey of the old one comes along. */

import assert from "node:assert/strict";
import { after } from "node:test";

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import { Program } from "./harness/program.js";
import { API, SIGN_UP_OPEN, arrives, introduce, isAdded, passkeyButton, shows, signOut } from "./harness/steps.js";
import { Street, leadingTo } from "./harness/street.js";

const OLD = "old.example";
const NEW = "new.example";
const JONAS = { name: "Jonas Weber", username: "jonas" };

const street = await Street.open([OLD, NEW]);
after(() => street.close());

/** @param {string} host */
const under = (host) => ({
  SIGNET_SERVER__PUBLIC_URL: `https://${host}`,
  SIGNET_SERVER__TRUSTED_PROXIES: "127.0.0.0/8",
  ...SIGN_UP_OPEN,
});

onBothEngines(
  "with a passkey of the address before, one signs in, is asked for a new one, and needs the old one no more",
  async (_, house) => {
    street.put(OLD, leadingTo(await house.ownUrl()));
    const visitor = await house.visitor({ chromium: street.chromium });
    const { page } = visitor;
    await visitor.open(`https://${OLD}/sign-up`);
    await introduce(page, JONAS);
    await arrives(page, "/account");

    await house.startAgain({ ...under(NEW), SIGNET_PASSKEYS__FORMER_RP_IDS: OLD });
    for (const host of [OLD, NEW]) street.put(host, leadingTo(await house.ownUrl()));
    await visitor.open(`https://${NEW}/sign-in`);
    await page.getByText("Use another device").click();
    await look(page, `former domain ${house.engine}`);
    await page.getByRole("button", { name: `Use a passkey of ${OLD}` }).click();
    await arrives(page, "/account");
    await page.getByText("You signed in with a passkey of our former address").waitFor();
    await look(page, `former domain, account ${house.engine}`);

    await page.getByRole("button", { name: "Add a passkey" }).click();
    await isAdded(page);
    assert.deepEqual(await domains(visitor), [NEW, OLD]);
    await signOut(page);
    await passkeyButton(page).click();
    await arrives(page, "/account");
    assert.equal(await page.getByText("our former address").count(), 0);
  },
  under(OLD),
);

onBothEngines(
  "pages of the new address use no passkey of the old one before its host names them",
  async (_, house) => {
    street.put(OLD, leadingTo(await house.ownUrl()));
    const visitor = await house.visitor({ chromium: street.chromium });
    await visitor.open(`https://${OLD}/sign-up`);
    await introduce(visitor.page, JONAS);
    await arrives(visitor.page, "/account");
    await house.startAgain({ ...under(NEW), SIGNET_PASSKEYS__FORMER_RP_IDS: OLD });
    street.put(NEW, leadingTo(await house.ownUrl()));
    street.put(OLD, (_asked, answer) => answer.writeHead(404).end());
    const program = new Program(await house.ownUrl());
    const { options } = await program.begin(API.signIn, { domain: OLD });
    assert.equal(options.rpId, OLD);
    await visitor.open(`https://${NEW}/sign-in`);
    await visitor.page.getByText("Use another device").click();
    await visitor.page.getByRole("button", { name: `Use a passkey of ${OLD}` }).click();
    await shows(visitor.page, "unsupported");
  },
  under(OLD),
);

/** @param {import("./harness/browser.js").Visitor} visitor */
async function domains(visitor) {
  const passkeys = await visitor.authenticator.passkeys();
  return passkeys.map(({ rpId }) => String(rpId)).sort();
}
