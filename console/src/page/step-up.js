import { stepUp } from "../signet.js";
import { Ceremony, root } from "./ceremony.js";

const page = new Ceremony(root());
page.on("begin", () => page.run(stepUp));
page.ready();
