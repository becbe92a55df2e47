/**
 * A number for a text (FNV-1a): the same in every browser, and nothing that a secret could rest on.
 *
 * @param {string} text
 */
export function hash(text) {
  let mixed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    mixed = Math.imul(mixed ^ byte, 0x01000193) >>> 0;
  }
  return mixed;
}
