/** What the server hears of ceremonies that went wrong in a browser. */

import assert from "node:assert/strict";

import { onBothEngines } from "./harness/engines.js";
import { API, administrator, arrives, passkeyButton, refuseNext, shows, signOut, twin } from "./harness/steps.js";
import { within } from "./harness/within.js";

/**
 * The next report from this page, once the server has taken it.
 *
 * @param {import("playwright-core").Page} page
 */
async function reported(page) {
  const asked = await page.waitForRequest(`**${API.report}`);
  const answer = await within(/** @type {Promise<any>} */ (asked.response()), () => "an answer to a report");
  assert.equal(answer.status(), 204);
  return asked.postDataJSON();
}

onBothEngines("a ceremony that was called off, or that no browser could run", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await signOut(page);
  await owner.authenticator.attended(false);
  await passkeyButton(page).click();
  await shows(page, "running");
  const [{ elapsed_ms, capabilities, ...said }] = await Promise.all([
    reported(page),
    page.getByRole("button", { name: "Cancel" }).click(),
  ]);
  const name = "AbortError";
  assert.deepEqual(said, { code: "closed", ceremony: "sign_in", phase: "ask", name, is_visible: true });
  assert.ok(elapsed_ms > 0 && capabilities > 0);

  await page.addInitScript(() => Reflect.deleteProperty(window, "PublicKeyCredential"));
  const [{ code, phase, capabilities: none }] = await Promise.all([reported(page), owner.open("/sign-in")]);
  assert.deepEqual([code, phase], ["unsupported", "begin"]);
  assert.notEqual(none, capabilities);
});

onBothEngines("a page inside another app", async (_, house) => {
  await administrator(house);
  const visitor = await house.visitor({ userAgent: "Mozilla/5.0 (iPhone) Mobile/15E148 Instagram 300.0.0.0" });
  const [{ code, ceremony }] = await Promise.all([reported(visitor.page), visitor.open("/sign-in")]);
  assert.deepEqual([code, ceremony], ["in-app", "sign_in"]);
});

onBothEngines("a page that was left while the device was asked", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await page.addInitScript(tellsWhenAsked);
  await signOut(page);
  await owner.authenticator.attended(false);
  await passkeyButton(page).click();
  await page.waitForFunction(() => /** @type {any} */ (window).isAsked);
  await owner.open("/healthz");
  const { code, ceremony, phase } = await house.logs("a ceremony went wrong in a browser");
  assert.deepEqual([code, ceremony, phase], ["abandoned", "sign_in", "ask"]);
});

/** Not what waits for autofill: what somebody waits for. */
function tellsWhenAsked() {
  const ask = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (options) => {
    if (options?.mediation !== "conditional") Object.assign(window, { isAsked: true });
    return ask(options);
  };
}

onBothEngines("what the server said itself is not told to it", async (_, house) => {
  const owner = await administrator(house);
  const { page } = owner;
  await signOut(page);
  /** @type {string[]} */
  const reports = [];
  page.on("request", (request) => request.url().endsWith(API.report) && reports.push(request.url()));
  owner.expectRefusal(`${API.signIn}/finish`);
  await owner.authenticator.spoil({ isBogusSignature: true });
  await passkeyButton(page).click();
  await shows(page, "refused");
  assert.deepEqual(reports, []);
});

onBothEngines("autofill that could not begin is offered again when the person is back", async (_, house) => {
  const visitor = await twin(house, await administrator(house), { autofill: true });
  const { page } = visitor;
  await refuseNext(visitor, `${API.signIn}/begin`, { status: 500, type: "internal" });
  await visitor.open("/sign-in");
  await page.locator("[data-hint]").waitFor({ state: "hidden" });
  await page.locator("#at-ready").focus();
  await page.locator("#name").focus();
  await arrives(page, "/account");
});
