import assert from "node:assert/strict";
import { questionPrompt } from "../../lib/questions/question_prompt.ts";
import type { BenchmarkName } from "../../lib/questions/question.ts";
import { made } from "./made_questions.ts";

Deno.test("prompts have the parts of the published ones, in their order, and no examples", () => {
  const prompt = (name: BenchmarkName, opening?: string) => questionPrompt(made(name)[0]!, opening);
  assert.equal(prompt("aime", "<think>"), "What is $2 + 2$?\n<think>\n");
  assert.match(
    prompt("folio", "<think>"),
    /^[^\n]+\nPremises:\n\*+\n.*\n\*+\nConclusion:\n\*+\n.*\n\*+<think>\n$/s,
  );
  assert.match(
    prompt("temporal_sequences", "<think>"),
    /^[^\n]*letter[^\n]*\nWhen\?.*2pm to 3pm\n<think>\n$/s,
  );
  assert.match(prompt("musique", "<think>"), /^Where was .*born\? [^\n]* few words [^\n]*\n<think>\n$/);
  assert.equal(prompt("aime"), "What is $2 + 2$?");
  assert.match(prompt("gsm8k"), /How many\?\n\nEnd with .* number\.$/);
});
