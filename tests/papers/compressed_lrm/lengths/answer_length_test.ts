import assert from "node:assert/strict";
import { exam, QUESTIONS, world } from "../../../../lib/papers/compressed_lrm/language.ts";
import { answerLength } from "../../../../lib/papers/compressed_lrm/lengths/answer_length.ts";

Deno.test("a right answer is as long as the exam's, but for its end", () => {
  const items = exam(world(16, 1), { seed: 2, items: 5 });
  assert.deepEqual(new Set(items.map(({ question }) => question)), new Set(QUESTIONS));
  for (const { question, answer } of items) assert.equal(answer.length - 1, answerLength(question), question);
});
