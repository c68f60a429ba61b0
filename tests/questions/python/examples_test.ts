import assert from "node:assert/strict";
import { examplesIn } from "../../../lib/questions/python/examples.ts";
import { QUESTION } from "../../agents/asking/humaneval_question.ts";

Deno.test("examples are found below their calls", () => {
  assert.deepEqual(examplesIn(QUESTION!.text), [
    { call: "twice(2)", expected: "4" },
    { call: 'twice("a")', expected: "'aa'" },
  ]);
  assert.deepEqual(examplesIn("no examples"), []);
});
