/** What people see when rules of authenticators, or an administrator, stand in the way. */

import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";
import {
  API,
  MAREN,
  SIGN_UP_OPEN,
  administrator,
  arrives,
  introduce,
  passkeyButton,
  passkeyRows,
  shows,
  signIn,
  signOut,
} from "./harness/steps.js";

const RULES = "/api/v1/authenticators/rules";

/** @param {string} lines */
const everyone = (lines) => ({ rules: `[[rules]]\nname = "Everyone"\nfor = ["everyone"]\n${lines}\n` });

onBothEngines(
  "whose device is of a kind that is not accepted reads why, and what would be",
  async (_, house) => {
    await house.operator.tell(RULES, everyone('attestation = "direct"\nhardware_bound = true'));
    const visitor = await house.visitor();
    await visitor.open("/sign-up");
    await visitor.page.getByText("We ask the maker of your device which model it is").waitFor();
    await look(visitor.page, "sign-up-asks-makers");
    visitor.expectRefusal(`${API.signUp}/finish`);
    await introduce(visitor.page, MAREN);
    await shows(visitor.page, "kind");
    await visitor.page.getByText("Its maker does not vouch for it.").waitFor();
    await look(visitor.page, "sign-up-kind");
    await visitor.page.getByRole("button", { name: "Back to what you typed" }).click();
    await house.operator.tell(RULES, everyone(""));
    await introduce(visitor.page, MAREN);
    await arrives(visitor.page, "/account");
  },
  SIGN_UP_OPEN,
);

onBothEngines("a passkey on hold says so, until it is released", async (_, house) => {
  const owner = await administrator(house);
  const account = (await house.operator.read("/api/v1/accounts")).accounts[0].id;
  const place = `/api/v1/accounts/${account}/credentials`;
  const { id } = (await house.operator.read(place)).credentials[0];
  await house.operator.tell(`${place}/${id}/hold`, { reason: "left in a train" });
  await owner.page.reload();
  await arrives(owner.page, "/sign-in");
  owner.expectRefusal(`${API.signIn}/finish`);
  await passkeyButton(owner.page).click();
  await shows(owner.page, "on-hold");
  await look(owner.page, "sign-in-on-hold");
  await house.operator.tell(`${place}/${id}/release`, { reason: "found again" });
  await owner.page.getByRole("button", { name: "Choose another passkey" }).click();
  await arrives(owner.page, "/account");
});

onBothEngines("a passkey in doubt lets its owner in, and changes no passkeys", async (_, house) => {
  const owner = await administrator(house);
  await house.operator.tell(RULES, everyone('attestation = "direct"\nunknown = "deny"\nunfit = "doubt"'));
  await house.logs("a passkey was judged anew");
  await owner.page.reload();
  await passkeyRows(owner.page).getByText("In doubt", { exact: true }).waitFor();
  await look(owner.page, "account-in-doubt");
  await signOut(owner.page);
  await signIn(owner);
  for (let tries = 0; tries < 2; tries += 1) owner.expectRefusal(`${API.register}/begin`);
  await owner.page.getByRole("button", { name: "Add a passkey" }).click();
  await shows(owner.page, "doubted");
  await look(owner.page, "account-doubted");
  await owner.page.getByRole("button", { name: "Sign out and use another passkey" }).click();
  await arrives(owner.page, "/sign-in");
});
