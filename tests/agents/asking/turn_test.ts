import assert from "node:assert/strict";
import { lastDone, wasInterrupted } from "../../../lib/agents/asking/turn.ts";

Deno.test("turns are done with the last of them, at once where there is none, and nobody knows when where one has no time", () => {
  assert.equal(lastDone([{ doneMs: 20 }, { doneMs: 50 }, { doneMs: 0 }]), 50);
  assert.equal(lastDone([]), 0);
  assert.equal(lastDone([{ doneMs: 20 }, {}, { doneMs: 50 }]), undefined);
});

Deno.test("turns were interrupted where their signal ended and one of them did not come to the model's own word", () => {
  const failed = (kind: "aborted" | "length") => ({ failure: { kind, message: "no" } });
  const [ended, open] = [AbortSignal.abort(), new AbortController().signal];
  assert.ok(wasInterrupted([{}, failed("aborted")], ended));
  for (const turns of [[{}, {}], [failed("length")], []]) assert.ok(!wasInterrupted(turns, ended));
  assert.ok(!wasInterrupted([failed("aborted")], open));
  assert.ok(!wasInterrupted([failed("aborted")], undefined));
});
