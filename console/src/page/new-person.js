import { Ceremony, root } from "./ceremony.js";

/**
 * A page where somebody types who they are and makes their first passkey.
 *
 * @param {(person: import("../signet.js").Person, way: import("./ceremony.js").Way) => Promise<unknown>} make
 */
export function newPerson(make) {
  const page = new Ceremony(root());
  page.on("begin", (form) => {
    if (!form) return;
    const person = read(new FormData(form));
    page.run((way) => make(person, way));
  });
  page.ready();
  return page;
}

/** @param {FormData} form */
function read(form) {
  const typed = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
  const email = typed("email");
  return { display_name: typed("display_name"), username: typed("username"), ...(email ? { email } : {}) };
}
