/**
 * The sections of one ceremony, of which one is seen. The server wrote them all; nothing here makes words or markup.
 */
export class Stage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.seal = root.querySelector(".seal");
    this.status = root.querySelector(':scope > [role="status"]');
    /** @type {HTMLElement[]} */
    this.sections = Array.from(root.querySelectorAll("[data-state]"));
  }

  /** The one that is seen. */
  get state() {
    return this.sections.find((section) => !section.hidden)?.dataset.state;
  }

  /** @param {string} state */
  has(state) {
    return this.sections.some((section) => section.dataset.state === state);
  }

  /**
   * Show a state, move to its heading and say it once: failures carry `role="alert"`, the others fill the status line.
   *
   * @param {string} state
   * @param {Record<string, string>} [slots] texts that only this moment knows
   */
  show(state, slots = {}) {
    for (const section of this.sections) {
      section.hidden = section.dataset.state !== state;
      if (section.hidden) continue;
      fill(section, slots);
      this.seal?.setAttribute("class", `seal ${section.dataset.seal}`);
      if (this.status) this.status.textContent = section.querySelector("[data-say]")?.textContent ?? "";
      /** @type {HTMLElement | null} */ (section.querySelector('[tabindex="-1"]'))?.focus();
    }
  }
}

/**
 * @param {HTMLElement} section
 * @param {Record<string, string>} slots
 */
export function fill(section, slots) {
  for (const [name, text] of Object.entries(slots)) {
    for (const slot of section.querySelectorAll(`[data-slot="${name}"]`)) slot.textContent = text;
  }
  /** @type {NodeListOf<HTMLElement>} */
  const clauses = section.querySelectorAll("[data-with]");
  for (const clause of clauses) clause.hidden = !slots[clause.dataset.with ?? ""];
}
