import assert from "node:assert/strict";
import { RangeError } from "../../../lib/errors.ts";
import { OutOfReachError } from "../../../lib/prune/plan/out_of_reach.ts";

Deno.test("what is out of reach is said as a part that can be asked for, and in any other unit", () => {
  const error = new OutOfReachError([0.1, 2 / 3], (asked, least) => `asked ${asked}, left ${least}`);
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, "asked 0.1, left 0.666667");
  assert.equal(error.least, 2 / 3);
  assert.equal(error.sentence("3k", "20k"), "asked 3k, left 20k");
});
