import { signUp } from "../signet.js";
import { newPerson } from "./new-person.js";

newPerson(signUp);
