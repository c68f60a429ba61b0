import { Error } from "../../../lib/errors.ts";

/** A reason why a task cannot go on that the user can mend: one sentence that says how, and no stack. */
export class UserProblem extends Error {
  override name = "UserProblem";
}
