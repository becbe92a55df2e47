/** The harness itself: what the other tests stand on holds, and what they rely on is noticed when it does not. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { blank, page } from "./harness/blank.js";
import { Visitor } from "./harness/browser.js";
import { onBothEngines } from "./harness/engines.js";
import { look } from "./harness/look.js";

onBothEngines("a browser reaches every node of a house, and time passes in all of them", async (_, house) => {
  const doors = house.engine === "postgres" ? [house.url, await house.secondNode()] : [house.url];
  const visitor = await house.visitor();
  for (const door of doors) {
    const answer = await visitor.open(`${door}/healthz`);
    assert.equal(answer?.status(), 200);
    assert.deepEqual(JSON.parse(await visitor.page.locator("pre").innerText()), { status: "ok" });
  }
  await house.clock.advance(3600);
});

/**
 * @param {string} name
 * @param {(visitor: Visitor, site: import("./harness/blank.js").Blank) => Promise<void>} body
 * @param {{ answer?: Parameters<typeof blank>[0], habits?: import("./harness/browser.js").Habits }} [given]
 */
function onABlankPage(name, body, { answer = () => ({ body: page("") }), habits = {} } = {}) {
  test(name, { timeout: 30_000 }, async () => {
    const site = await blank(answer);
    try {
      const visitor = await Visitor.arrive(site.url, habits);
      await visitor.open("/");
      await body(visitor, site);
      await visitor.leave();
    } finally {
      site.close();
    }
  });
}

/**
 * @typedef {{ id?: string, error?: string, attachment?: string | null, flags?: number, count?: number }} Ceremony
 */

/**
 * @param {Visitor} visitor
 * @param {{ user?: string, exclude?: string[] }} [wish]
 * @returns {Promise<Ceremony>}
 */
function register(visitor, { user = "maren", exclude = [] } = {}) {
  return visitor.page.evaluate(
    async ({ user, exclude }) => {
      const bytes = (/** @type {string} */ id) =>
        Uint8Array.from(atob(id.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
      try {
        const credential = /** @type {any} */ (
          await navigator.credentials.create({
            publicKey: {
              rp: { id: "localhost", name: "Blank" },
              user: { id: new TextEncoder().encode(user), name: user, displayName: user },
              challenge: crypto.getRandomValues(new Uint8Array(32)),
              pubKeyCredParams: [-7, -257].map((alg) => ({ type: "public-key", alg })),
              authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
              excludeCredentials: exclude.map((id) => ({ type: "public-key", id: bytes(id) })),
              timeout: 10_000,
            },
          })
        );
        const flags = new Uint8Array(credential.response.getAuthenticatorData())[32];
        return { id: credential.id, attachment: credential.authenticatorAttachment, flags };
      } catch (/** @type {any} */ error) {
        return { error: error.name };
      }
    },
    { user, exclude },
  );
}

/**
 * @param {Visitor} visitor
 * @param {{ mediation?: CredentialMediationRequirement, timeout?: number }} [wish]
 * @returns {Promise<Ceremony>}
 */
function authenticate(visitor, { mediation, timeout = 10_000 } = {}) {
  return visitor.page.evaluate(
    async ({ mediation, timeout }) => {
      try {
        const credential = /** @type {any} */ (
          await navigator.credentials.get({
            ...(mediation && { mediation }),
            publicKey: {
              rpId: "localhost",
              challenge: crypto.getRandomValues(new Uint8Array(32)),
              userVerification: "required",
              timeout,
            },
          })
        );
        const data = new DataView(credential.response.authenticatorData);
        return { id: credential.id, flags: data.getUint8(32), count: data.getUint32(33) };
      } catch (/** @type {any} */ error) {
        return { error: error.name };
      }
    },
    { mediation, timeout },
  );
}

/** For a ceremony that nobody will answer. */
const AT_ONCE = { timeout: 50 };
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;

onABlankPage("a passkey is made and used, also on the next page", async (visitor) => {
  const made = await register(visitor);
  assert.ok(made.id, made.error);
  assert.deepEqual([(await authenticate(visitor)).id, (await visitor.authenticator.passkeys()).length], [made.id, 1]);
  await visitor.open("/another");
  assert.equal((await authenticate(visitor)).id, made.id);
});

onABlankPage("without its owner, a touch or a device a ceremony ends as it always does", async (visitor) => {
  assert.deepEqual(await authenticate(visitor), { error: "NotAllowedError" }, "no passkey");
  const { id } = await register(visitor);
  await visitor.authenticator.recognises(false);
  assert.deepEqual(await authenticate(visitor), { error: "NotAllowedError" }, "another finger");
  await visitor.authenticator.recognises(true);
  await visitor.authenticator.attended(false);
  assert.deepEqual(await authenticate(visitor, AT_ONCE), { error: "NotAllowedError" }, "no touch");
  await visitor.authenticator.attended(true);
  assert.equal((await authenticate(visitor)).id, id);
  await visitor.authenticator.unplug();
  assert.deepEqual(await authenticate(visitor, AT_ONCE), { error: "NotAllowedError" }, "no device");
});

onABlankPage("a second device answers when the first is left alone", async (visitor) => {
  const first = await register(visitor);
  const key = await visitor.plugIn({ transport: "usb" });
  await visitor.authenticator.attended(false);
  const second = await register(visitor, { exclude: [String(first.id)] });
  assert.deepEqual([second.attachment, (await authenticate(visitor)).id], ["cross-platform", second.id]);
  await key.unplug();
  await visitor.authenticator.attended(true);
  assert.deepEqual(await register(visitor, { exclude: [String(first.id)] }), { error: "InvalidStateError" });
});

onABlankPage("a synced passkey says so, and it travels", async (visitor, site) => {
  const synced = { defaultBackupEligibility: true, defaultBackupState: true };
  const cloud = await visitor.plugIn({ transport: "hybrid", ...synced });
  await visitor.authenticator.unplug();
  const made = await register(visitor);
  const passkey = await cloud.passkey();
  assert.equal(Number(made.flags) & (BACKUP_ELIGIBLE | BACKED_UP), BACKUP_ELIGIBLE | BACKED_UP);
  await cloud.mark(passkey, { backupState: false });
  assert.equal(Number((await authenticate(visitor)).flags) & (BACKUP_ELIGIBLE | BACKED_UP), BACKUP_ELIGIBLE);

  const elsewhere = await Visitor.arrive(site.url, {});
  await elsewhere.open("/");
  await elsewhere.authenticator.accept(passkey);
  assert.deepEqual(await authenticate(elsewhere), { id: made.id, flags: 0x1d, count: passkey.signCount + 1 });
  await elsewhere.leave();
});

onABlankPage(
  "autofill offers a passkey, where a visitor has it",
  async (visitor) => {
    const made = await register(visitor);
    assert.ok(await visitor.page.evaluate(() => PublicKeyCredential.isConditionalMediationAvailable()));
    assert.equal((await authenticate(visitor, { mediation: "conditional" })).id, made.id);
  },
  { habits: { autofill: true } },
);

onABlankPage(
  "a secure cookie bound to its host is kept on plain localhost, and a misplaced one is not",
  async (visitor) => {
    await visitor.open("/");
    assert.equal(await visitor.page.locator("p").innerText(), "__Host-kept=1");
  },
  {
    answer: ({ headers }) => ({
      headers: { "set-cookie": ["__Host-kept=1; Path=/; Secure; HttpOnly", "__Host-lost=1; Path=/x; Secure"] },
      body: page(`<p>${headers.cookie ?? ""}</p>`),
    }),
  },
);

onABlankPage(
  "whatever a page complains about is heard, and what a test expects is not",
  async (visitor) => {
    await visitor.page.evaluate(() => {
      console.error("said");
      setTimeout(() => {
        throw new Error("thrown");
      });
    });
    await visitor.page.waitForEvent("pageerror");
    const said = visitor.complaints().join("\n");
    for (const word of ["said", "thrown", "Content Security Policy"]) assert.ok(said.includes(word), said);
  },
  {
    answer: () => ({
      headers: { "content-security-policy": "default-src 'none'" },
      body: page('<p style="color: red">Red</p>'),
    }),
  },
);

onABlankPage(
  "a page too wide, too pale or without names is not let through",
  async (visitor) => {
    await assert.rejects(look(visitor.page, "harness"), (/** @type {Error} */ { message }) => {
      assert.match(message, /harness, 320 px, light: the page is \d+ px wide/);
      assert.doesNotMatch(message, /1280 px, \w+: the page is/);
      assert.match(message, /harness, 1280 px, dark: color-contrast at p: /);
      assert.match(message, /label at input: /);
      return true;
    });
  },
  {
    answer: () => ({
      body: page('<style>p { inline-size: 600px; color: #999; background: #fff }</style><p>Pale</p><input>'),
    }),
  },
);
