/** No I, L, O and U: a listener takes them for something else. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A request id, short enough to be read out on the telephone: `K7Q-204`. The same as `short_code` in `web`, so that
 * what a person reads here is what the log says.
 *
 * @param {string} requestId
 */
export function shortCode(requestId) {
  let mixed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(requestId)) {
    mixed = Math.imul(mixed ^ byte, 0x01000193) >>> 0;
  }
  const letters = Math.floor(mixed / 1000);
  const letter = (/** @type {number} */ place) => LETTERS.charAt((letters >>> (5 * place)) & 31);
  return `${letter(2)}${letter(1)}${letter(0)}-${String(mixed % 1000).padStart(3, "0")}`;
}
