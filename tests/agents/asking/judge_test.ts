import assert from "node:assert/strict";
import { judge } from "../../../lib/agents/asking/judge.ts";
import { readQuestions } from "../../../lib/questions/load_questions.ts";

const [question] = readQuestions("aime", "made", JSON.stringify([{ problem: "?", answer: "113" }]));

Deno.test("questions of benchmarks are graded, one's own are judged by who asks, or not at all", async () => {
  assert.equal(await judge(question!, "\\boxed{113}", {}), true);
  assert.equal(await judge(question!, "\\boxed{112}", {}), false);
  assert.equal(await judge(question!, undefined, {}), false);
  assert.equal(await judge("Why?", "because", {}), undefined);
  const isRight = (_: unknown, answer: string) => Promise.resolve(answer === "because");
  assert.equal(await judge("Why?", "because", { isRight }), true);
  assert.equal(await judge(question!, "\\boxed{113}", { isRight }), false);
});

Deno.test("no answer is wrong, and nobody is asked about it", async () => {
  const isRight = () => assert.fail("asked about no answer");
  assert.equal(await judge("Why?", undefined, { isRight }), false);
});
