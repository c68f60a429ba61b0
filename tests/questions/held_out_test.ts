import assert from "node:assert/strict";
import { holdOut, overlap, textHash } from "../../lib/questions/held_out.ts";
import { loadQuestions } from "../../lib/questions/load_questions.ts";
import type { Question } from "../../lib/questions/question.ts";
import { dataFile } from "../data.ts";

const question = (text: string, i: number): Question => ({
  benchmark: "gsm8k",
  id: `gsm8k/made/${i}`,
  text,
  gold: "1",
});
const QUESTIONS = Array.from({ length: 2000 }, (_, i) => question(`How many are ${i % 1500} pens?`, i));

Deno.test("a text's hash passes over spaces, case and punctuation, and nothing else", () => {
  assert.equal(textHash("How many, then?\n"), textHash("how  MANY then"));
  assert.notEqual(textHash("3 pens"), textHash("4 pens"));
  assert.notEqual(textHash("12 3"), textHash("1 23"));
});

Deno.test("no text is on both sides, all are on one, and who else is there does not matter", () => {
  const { train, test } = holdOut(QUESTIONS, 0.3, 7);
  assert.equal(train.length + test.length, QUESTIONS.length);
  assert.deepEqual(overlap(train.map(({ text }) => text), test.map(({ text }) => text)), []);
  assert.ok(Math.abs(test.length / QUESTIONS.length - 0.3) < 0.04, `${test.length}`);
  const few = QUESTIONS.filter((_, i) => i % 7 === 0).reverse();
  assert.deepEqual(new Set(holdOut(few, 0.3, 7).test), new Set(test.filter((one) => few.includes(one))));
  assert.notDeepEqual(holdOut(QUESTIONS, 0.3, 8).test, test);
  assert.throws(() => holdOut(QUESTIONS, 1), /with share 1: expected a number above 0, below 1/);
});

Deno.test("texts of one list in another are found at their first place", () => {
  assert.deepEqual(overlap(["b?", "x", "B"], ["a", "b", "B!"]), [{ one: 0, other: 1 }, { one: 2, other: 1 }]);
});

const data = dataFile("agp/train_general_reasoning.json");

Deno.test(
  { name: "the released corpora overlap with what they are judged by, as is known", ignore: !data },
  async () => {
    const tasks = async (name: string): Promise<string[]> =>
      JSON.parse(await Deno.readTextFile(dataFile(`agp/train_${name}.json`)!)).map((
        { task }: { task: string },
      ) => task);
    const rows = async (name: string) => JSON.parse(await Deno.readTextFile(dataFile(`mmlu/${name}.json`)!));

    // 138 records from MMLU's validation questions, 16 of which are among the 153 that AGP is judged by.
    const mmlu = (await loadQuestions("mmlu", { split: "val", version: "released" })).map(({ text }) => text);
    const general = await tasks("general_reasoning");
    const found = overlap(general, mmlu);
    const known: number[] = (await rows("agp_general_corpus_rows")).rows;
    assert.equal(found.length, 138);
    // Two questions stand under two subjects: there the place may be that of their twin.
    assert.equal(
      found.filter(({ one, other }) =>
        known[one] !== other && textHash(mmlu[known[one]!]!) !== textHash(mmlu[other]!)
      ).length,
      0,
    );
    const judged: string[] = (await rows("agp_first153")).map((row: number) => mmlu[row]!);
    assert.equal(overlap(general, judged).length, 16);

    // 94 records, all among the first hundred test questions of GSM8K.
    const gsm8k = (await loadQuestions("gsm8k")).map(({ text }) => text);
    const maths = overlap(await tasks("math_reasoning"), gsm8k);
    assert.deepEqual([maths.length, maths.every(({ other }) => other < 100)], [94, true]);
  },
);
