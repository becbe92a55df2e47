/** What a page complains about: errors on its console, in its scripts, and against its content security policy. */

/**
 * @typedef {object} Refusal An answer of 400 or more that a test provokes; the console mentions each.
 * @property {number} status
 * @property {string} path
 */

export class Watch {
    /** @type {string[]} */
    #complaints = [];
    /** @type {Refusal[]} */
    #expected = [];

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
     * From now on this answer is no complaint.
     *
     * @param {number} status
     * @param {string} path
     */
    expect(status, path) {
        this.#expected.push({ status, path });
    }

    complaints() {
        return [...this.#complaints];
    }

    /** @param {import("playwright-core").ConsoleMessage} message */
    #isExpected(message) {
        const status = Number(/the server responded with a status of (\d{3})/.exec(message.text())?.[1]);
        const { url } = message.location();
        return this.#expected.some((refusal) => refusal.status === status && new URL(url).pathname === refusal.path);
    }

    /**
     * @param {string} place
     * @param {string} words
     */
    #complain(place, words) {
        this.#complaints.push(`${place}: ${words}`);
    }
}
