import { hash } from "./hash.js";

/** No I, L, O and U: a listener takes them for something else. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A request id, short enough to be read out on the telephone: `K7Q-204`. The same as `short_code` in `web`, so that
 * what a person reads here is what the log says.
 *
 * @param {string} requestId
 */
export function shortCode(requestId) {
  const mixed = hash(requestId);
  const letters = Math.floor(mixed / 1000);
  const letter = (/** @type {number} */ place) => LETTERS.charAt((letters >>> (5 * place)) & 31);
  return `${letter(2)}${letter(1)}${letter(0)}-${String(mixed % 1000).padStart(3, "0")}`;
}
