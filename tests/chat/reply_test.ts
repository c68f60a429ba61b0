import assert from "node:assert/strict";
import {
  addUsage,
  answerTokens,
  estimatePrompt,
  estimateTokens,
  NO_USAGE,
  subtractUsage,
  totalTokens,
} from "../../lib/chat/reply.ts";

Deno.test("usages add up, and what no server told stays untold", () => {
  const one = { promptTokens: 3, completionTokens: 5, estimated: false };
  assert.deepEqual(addUsage(), NO_USAGE);
  assert.deepEqual(addUsage(one, NO_USAGE), one);
  const all = addUsage(one, { ...one, cachedTokens: 2 }, { ...one, estimated: true, cachedTokens: 1 });
  assert.deepEqual(all, { promptTokens: 9, completionTokens: 15, cachedTokens: 3, estimated: true });
  assert.equal(totalTokens(all), 24);
  assert.deepEqual(subtractUsage(all, { ...one, estimated: true, cachedTokens: 1 }), {
    ...addUsage(one, { ...one, cachedTokens: 2 }),
    estimated: true,
  });
});

Deno.test("an estimate counts bytes, and a frame for each message", () => {
  assert.deepEqual(["", "abc", "abcd", "№"].map(estimateTokens), [0, 1, 2, 1]);
  const messages = [{ role: "system", content: "abc" }, { role: "user", content: "abcd" }] as const;
  assert.equal(estimatePrompt(messages), 4 + 1 + 4 + 2);
});

Deno.test("hidden reasoning is a part of the completion, or beside it where it has more tokens than that", () => {
  assert.deepEqual([answerTokens(10), answerTokens(10, 8), answerTokens(8, 8), answerTokens(3, 8)], [
    10,
    10,
    8,
    11,
  ]);
});
