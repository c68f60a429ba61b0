import assert from "node:assert/strict";
import { ChatFailure, endedBy, isBudgetFailure, OWN_WORDS, TRIED_AGAIN } from "../../lib/chat/failure.ts";
import { NO_USAGE } from "../../lib/chat/reply.ts";

Deno.test("a failure of which nothing more is known spent nothing, in one try", () => {
  const cause = new Error("why");
  const failure = new ChatFailure("network", "no", {}, cause);
  assert.ok(failure instanceof Error);
  const { name, kind, usage, partial, status, tries } = failure;
  assert.deepEqual([name, kind, usage, partial, status, tries], [
    "ChatFailure",
    "network",
    NO_USAGE,
    "",
    undefined,
    1,
  ]);
  assert.equal(failure.cause, cause);
  assert.deepEqual([isBudgetFailure(failure), isBudgetFailure(new ChatFailure("budget", "no"))], [
    false,
    true,
  ]);
});

Deno.test("a signal that ran out of time is a deadline, one that somebody ended is not, and a failure says why", () => {
  const late = new DOMException("late", "TimeoutError");
  assert.equal(endedBy(AbortSignal.abort(late)).kind, "deadline");
  const ended = endedBy(AbortSignal.abort(new Error("enough")), { tries: 3 });
  assert.deepEqual([ended.kind, ended.message, ended.tries], ["aborted", "The call was aborted: enough", 3]);
  const own = new ChatFailure("stalled", "silent");
  const usage = { promptTokens: 3, completionTokens: 1, estimated: false };
  const failure = endedBy(AbortSignal.abort(own), { usage, partial: "so", tries: 2 });
  assert.deepEqual([failure.kind, failure.message, failure.cause], ["stalled", "silent", own]);
  assert.deepEqual([failure.usage, failure.partial, failure.tries], [usage, "so", 2]); // what this call cost
});

Deno.test("the table of kinds in the documentation says of each what follows from it", async () => {
  const text = await Deno.readTextFile(new URL("../../lib/chat/failure.ts", import.meta.url));
  const rows = [...text.matchAll(/^ \* \| `([a-z-]+)` +\|.*\| (yes|no) +\| (yes|no) +\|$/gm)];
  const column = (at: number) => Object.fromEntries(rows.map((row) => [row[1], row[at] === "yes"]));
  assert.deepEqual(column(2), TRIED_AGAIN);
  const own = Object.keys(TRIED_AGAIN).map((kind) => [kind, OWN_WORDS.has(kind)]);
  assert.deepEqual(column(3), Object.fromEntries(own));
});
