/** Waiting with an end. */

/** How long anything that a test waits for may take, in milliseconds. */
export const PATIENCE = 15_000;

/**
 * The promise's outcome, or a failure that says what was waited for.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {() => string} what
 * @param {number} [patience]
 * @returns {Promise<T>}
 */
export async function within(promise, what, patience = PATIENCE) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience / 1000} s for ${what()}`)), patience);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}
