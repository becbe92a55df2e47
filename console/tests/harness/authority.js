/** Certificates by an authority of the test's own, which one Chromium trusts and nothing else on this machine does. */

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** @typedef {{ pfx: Uint8Array, passphrase: string }} Certified What a server shows, with its key. */

/**
 * The authority, its certificate for these hosts, and the store in which Chromium looks for authorities of its user,
 * made in one go. Trust comes from the store, and not from a flag that forgives faults of certificates
 * (`--ignore-certificate-errors-spki-list`): so Chromium looks at name, chain and dates as it does anywhere.
 *
 * @param {string} home Of that Chromium.
 * @param {string[]} hosts
 * @returns {Promise<Certified>}
 */
export async function certify(home, hosts) {
  const store = join(home, ".pki", "nssdb");
  await mkdir(store, { recursive: true });
  const noise = join(home, "noise");
  await writeFile(noise, randomBytes(64));
  await nss("certutil", store, ["-N", "--empty-password"]);
  const kind = ["-S", "-z", noise, "-k", "ec", "-q", "nistp256", "-Z", "SHA256", "-v", "1"]; // for one month
  const authority = ["-n", "authority", "-s", "CN=Authority of a test", "-m", "1", "-x", "-t", "C,,"];
  // It asks whether this is an authority, how many may be below it, and whether all must know that.
  await nss("certutil", store, [...kind, ...authority, "--keyUsage", "certSigning,critical", "-2"], "y\n0\ny\n");
  const site = ["-n", "site", "-s", `CN=${hosts[0]}`, "-m", "2", "-c", "authority", "-t", ",,"];
  await nss("certutil", store, [...kind, ...site, "-8", hosts.join(","), "--extKeyUsage", "serverAuth"]);
  const passphrase = randomBytes(16).toString("hex");
  const file = join(home, "site.p12");
  await nss("pk12util", store, ["-o", file, "-n", "site", "-K", "", "-W", passphrase]);
  return { pfx: await readFile(file), passphrase };
}

/**
 * @param {string} program
 * @param {string} store
 * @param {string[]} words
 * @param {string} [typed]
 */
async function nss(program, store, words, typed = "") {
  const running = promisify(execFile)(program, ["-d", `sql:${store}`, ...words], { env: { PATH: process.env.PATH } });
  /** @type {any} */ (running).child.stdin.end(typed);
  await running;
}
