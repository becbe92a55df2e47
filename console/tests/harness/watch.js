/** What a page complains about: errors on its console, in its scripts, and against its content security policy. */

export class Watch {
  /** @type {string[]} */
  #complaints = [];
  /** @type {Set<string>} Paths whose refusals a test provokes; the console mentions each refusal. */
  #refusing = new Set();

  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    page.on("pageerror", (error) => this.#complain(page.url(), error.stack ?? error.message));
    page.on("crash", () => this.#complain(page.url(), "the page crashed"));
    page.on("console", (message) => {
      if (message.type() !== "error" || this.#isExpected(message)) return;
      this.#complain(message.location().url || page.url(), message.text());
    });
  }

  /**
   * From now on no failure to load this is a complaint.
   *
   * @param {string} path
   */
  expect(path) {
    this.#refusing.add(path);
  }

  complaints() {
    return [...this.#complaints];
  }

  /** @param {import("playwright-core").ConsoleMessage} message */
  #isExpected(message) {
    const { url } = message.location();
    return message.text().startsWith("Failed to load resource: ") && this.#refusing.has(new URL(url).pathname);
  }

  /**
   * @param {string} place
   * @param {string} words
   */
  #complain(place, words) {
    this.#complaints.push(`${place}: ${words}`);
  }
}
