/** Our pages in Firefox ESR: with all that it has, and with as little as it once had. */

import assert from "node:assert/strict";

import { onBothEngines } from "../tests/harness/engines.js";
import { MAREN, SIGN_UP_OPEN } from "../tests/harness/steps.js";
import { Firefox } from "./harness/firefox.js";
import { introduce, signIn, signOut } from "./harness/steps.js";

/** As before version 119: it translates nothing, offers nothing under a field, and does not say what it can. */
const OLD = {
  preferences: {
    "security.webauthn.enable_json_serialization_methods": false,
    "security.webauthn.enable_conditional_mediation": false,
  },
  without: ["getClientCapabilities"],
};

const GONE = ["parseCreationOptionsFromJSON", "parseRequestOptionsFromJSON", "getClientCapabilities"];

const has = () => Object.getOwnPropertyNames(PublicKeyCredential);

const JONAS = { name: "Jonas Weber", username: "jonas" };

for (const [which, habits, left] of /** @type {const} */ ([
  ["as it is", {}, GONE],
  ["as it once was", OLD, []],
])) {
  onBothEngines(`Firefox ${which}: the first administrator, out, and in again by the button and by name`, async (_, house) => {
    const owner = house.receive(await Firefox.arrive(house.url, habits));
    await owner.open(await house.setupLink());
    const names = await owner.until(has);
    assert.deepEqual(GONE.filter((name) => names.includes(name)), left);
    await introduce(owner, MAREN);
    await owner.arrives("/account");
    await owner.reads("Firefox on Linux");

    await signOut(owner);
    await signIn(owner);
    await signOut(owner);
    await owner.fill("#name", MAREN.username);
    await owner.press("Continue");
    await owner.arrives("/account");
    assert.equal((await owner.passkeys()).length, 1);
    assert.deepEqual(await house.row("SELECT format, attestation FROM credentials"), ["none", "none"]);
  });

  onBothEngines(
    `Firefox ${which}: who signs up, is not known by their finger, and has a passkey already`,
    async (_, house) => {
      const visitor = house.receive(await Firefox.arrive(house.url, habits));
      await visitor.open("/sign-up");
      await introduce(visitor, JONAS);
      await visitor.arrives("/account");
      await visitor.press("Add a passkey");
      await visitor.shows("already");

      await visitor.open("/account");
      await signOut(visitor);
      await visitor.recognises(false);
      await visitor.press("Sign in with a passkey");
      await visitor.shows("closed");
      await visitor.recognises(true);
      await visitor.press("Try again");
      await visitor.arrives("/account");
    },
    SIGN_UP_OPEN,
  );
}

onBothEngines(
  "whom makers are asked about is asked by Firefox first, and has a passkey either way",
  async (_, house) => {
    for (const { answer, stated } of [
      { answer: "Allow", stated: ["packed", "self"] },
      { answer: "Block", stated: ["none", "none"] },
    ]) {
      const visitor = house.receive(await Firefox.arrive(house.url));
      await visitor.open("/sign-up");
      await introduce(visitor, { name: answer, username: answer });
      await visitor.answers(answer);
      await visitor.arrives("/account");
      const whose = `SELECT id FROM accounts WHERE display_name = '${answer}'`;
      const kept = await house.row(`SELECT format, attestation FROM credentials WHERE account_id = (${whose})`);
      assert.deepEqual(kept, stated);
    }
  },
  { SIGNET_PASSKEYS__ATTESTATION: "direct", ...SIGN_UP_OPEN },
);
