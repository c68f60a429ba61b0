import assert from "node:assert/strict";
import { goldReply, grade } from "../../lib/questions/grade.ts";
import { made } from "./made_questions.ts";

Deno.test("words are right by any alias, and measured where they are not", async () => {
  const [question] = made("musique");
  const graded = async (reply: string) => {
    const { correct, f1, contains } = await grade(question!, reply);
    return [correct, f1, contains];
  };
  assert.deepEqual(await graded("It follows that\n**Answer:** The NYC."), [true, 1, true]);
  assert.deepEqual(await graded("the big apple"), [true, 1, true]);
  // Four words, three of which are those of the gold answer: precision 3/4, recall 1.
  assert.deepEqual(await graded("In New York City"), [false, 6 / 7, true]);
  assert.deepEqual(await graded("York"), [false, 0.5, false]);
  assert.deepEqual(await graded("Newark"), [false, 0, false]);
  assert.deepEqual(await graded(" \n"), [false, 0, false]);
});

Deno.test("the released grader has the faults it is known for", async () => {
  const [, negative] = made("gsm8k");
  assert.equal((await grade(negative!, goldReply(negative!), "released")).correct, false);
  assert.equal((await grade(negative!, "The answer is 1500 - 1000", "released")).answer, "1500");
  const [aqua] = made("aqua");
  assert.equal((await grade(aqua!, "The answer is B", "released")).correct, false);
  assert.equal((await grade(aqua!, "The answer is B")).correct, true);
});

Deno.test("a version that there is not, and limits that cannot be, are refused", async () => {
  const [question] = made("gsm8k");
  await assert.rejects(
    grade(question!, "5", "lenient" as "strict"),
    /with version "lenient": expected "strict" or "released"/,
  );
  await assert.rejects(grade(question!, "5", "strict", { memoryMb: 8 }), /found 10 s and 8 MB/);
});
