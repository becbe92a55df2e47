/** Looking at a page as it is: narrow and wide, light and dark, through the eyes of axe. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import axe from "axe-core";

import { shotsFolder } from "./given.js";

const WIDTHS = [320, 1280];
const SCHEMES = /** @type {const} */ (["light", "dark"]);

/**
 * Fails where axe finds anything or the page must be scrolled sideways.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} name What is looked at: the pictures are called so.
 */
export async function look(page, name) {
  const before = page.viewportSize();
  const findings = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const found = [...(await sideways(page)), ...(await violations(page))];
      findings.push(...found.map((finding) => `${name}, ${width} px, ${colorScheme}: ${finding}`));
      await keep(page, `${name}-${width}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
  if (findings.length > 0) throw new Error(findings.join("\n"));
}

/** @param {import("playwright-core").Page} page */
async function sideways(page) {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  return wide > seen ? [`the page is ${wide} px wide`] : [];
}

/**
 * The page's policy forbids scripts that are not its own; what the debugging protocol runs is not under it.
 *
 * @param {import("playwright-core").Page} page
 */
async function violations(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const results = await page.evaluate(() => axe.run({ resultTypes: ["violations"], preload: false }));
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function keep(page, name) {
  const folder = shotsFolder();
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`), fullPage: true });
}
