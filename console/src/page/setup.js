import { setUp } from "../signet.js";
import { newPerson } from "./new-person.js";

// The token came in the fragment, which no server and no log sees. It leaves the address bar, and with it the history
// and every screen that is shared, before anything else happens; from here on only this page knows it.
const link = location.hash.slice(1);
history.replaceState(null, "", location.pathname + location.search);

const page = newPerson((person, way) => setUp({ ...person, link }, way));
if (!link) page.stage.show("no-link");

// Pasting another link over this page changes the fragment alone, and a browser loads nothing for that.
addEventListener("hashchange", () => location.reload());
