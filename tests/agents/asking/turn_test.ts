import assert from "node:assert/strict";
import { lastDone } from "../../../lib/agents/asking/turn.ts";

Deno.test("turns are done with the last of them, at once where there is none, and nobody knows when where one has no time", () => {
  assert.equal(lastDone([{ doneMs: 20 }, { doneMs: 50 }, { doneMs: 0 }]), 50);
  assert.equal(lastDone([]), 0);
  assert.equal(lastDone([{ doneMs: 20 }, {}, { doneMs: 50 }]), undefined);
});
