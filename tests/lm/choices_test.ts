import assert from "node:assert/strict";
import { scoreChoices } from "../../lib/lm/choices.ts";
import type { LanguageModel } from "../../lib/lm/language_model.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const LETTERS = "abé";
const CHANCES = [0.5, 0.3, 0.2];

/** A model of three letters, each as likely wherever it stands; "ab" is a token of its own at the start. */
const model = {
  vocabulary: { encode: (text: string) => [...text].map((letter) => LETTERS.indexOf(letter)) },
  logits: (ids: number[]) => Promise.resolve(Float32Array.from(ids.flatMap(() => CHANCES.map(Math.log)))),
} as unknown as LanguageModel;

Deno.test("a choice is as likely as its letters behind the prompt, in all and by the byte", async () => {
  const scores = await scoreChoices(model, "aa", ["b", "éa"]);
  assert.deepEqual(scores.map(({ choice, tokens }) => [choice, tokens]), [["b", 1], ["éa", 2]]);
  const both = [Math.log(0.3), Math.log(0.2) + Math.log(0.5)];
  assertClose(scores.map(({ logLikelihood }) => logLikelihood), both, REORDERED_FLOAT32);
  assertClose(scores.map(({ perByte }) => perByte), [both[0]!, both[1]! / 3], REORDERED_FLOAT32);
});

Deno.test("no choices, an empty one, and no prompt are refused", async () => {
  await assert.rejects(scoreChoices(model, "a", []), /Cannot score 0 choices/);
  await assert.rejects(scoreChoices(model, "a", ["b", ""]), /none of them empty/);
  await assert.rejects(scoreChoices(model, "", ["b"]), /expected a prompt of whole tokens/);
});
