import assert from "node:assert/strict";
import { compareModels } from "../../lib/evaluation/compare_models.ts";
import type { GradedRecord } from "../../lib/evaluation/grade_records.ts";
import { summarizeGrades } from "../../lib/evaluation/summarize_grades.ts";
import { answerOf } from "./made.ts";

/** A graded answer: right or not, of so many tokens. */
function graded(
  { method = "dense", item, run = 0, right, tokens = 10, closed = true }: {
    method?: string;
    item: number;
    run?: number;
    right: boolean;
    tokens?: number;
    closed?: boolean;
  },
): GradedRecord {
  const grade = { correct: right, error: "" };
  const answer = answerOf("", { thinkTokens: 4, answerTokens: tokens - 4 });
  return {
    record: {
      key: "",
      model: "m",
      method,
      identity: "i",
      dataset: "aime",
      item: `aime/made/${item}`,
      run,
      promptHash: "",
      decoding: { temperature: 0, topP: 1, maxTokens: 9, seed: 0 },
      answer,
      ms: 1,
    },
    answer,
    grades: { count_last_answer: grade, fail: closed ? grade : { correct: false, error: "" } },
    closed,
    skipped: !closed,
    ranAway: false,
    looped: false,
  };
}

const thirty = Array.from(
  { length: 30 },
  (_, i) => graded({ item: i, right: i < 16, tokens: 100 + 10 * i, closed: i % 3 > 0 }),
);

Deno.test("accuracy with Wilson's interval, by both policies, and tokens for each right answer", () => {
  const [row] = summarizeGrades(thirty);
  assert.deepEqual([row!.items, row!.answers, row!.failed, row!.accuracy], [30, 30, 0, 16 / 30]);
  // From R: binom::binom.wilson(16, 30).
  assert.ok(Math.abs(row!.interval.low - 0.3614) < 1e-4, `${row!.interval.low}`);
  assert.ok(Math.abs(row!.interval.high - 0.6977) < 1e-4, `${row!.interval.high}`);
  assert.deepEqual([row!.closed, row!.skipped, row!.looped], [20 / 30, 10 / 30, 0]);
  assert.equal(row!.tokens, 245);
  assert.equal(row!.tokensPerCorrect, 245 * 30 / 16);
  const [strict] = summarizeGrades(thirty, { unclosed: "fail" });
  assert.equal(strict!.accuracy, 10 / 30); // of the first 16, 0, 3, …, 15 never ended thinking
});

Deno.test("thirds by length, or the 30, 40 and 30 percent of the paper", () => {
  const [thirds] = summarizeGrades(thirty.toReversed());
  const sizes = ({ byLength: { shortest, middle, longest } }: typeof thirds & object) =>
    [shortest, middle, longest].map(({ answers, accuracy, tokens }) => [answers, accuracy, tokens]);
  assert.deepEqual(sizes(thirds!), [[10, 1, 145], [10, 0.6, 245], [10, 0, 345]]);
  const [paper] = summarizeGrades(thirty, { share: 0.3 });
  assert.deepEqual(sizes(paper!), [[9, 1, 140], [12, 7 / 12, 245], [9, 0, 350]]);
  assert.throws(() => summarizeGrades(thirty, { share: 0.6 }), /found 0.6/);
});

Deno.test("several runs are averaged item by item, so that an interval counts items", () => {
  const rows = [0, 1, 2].flatMap((run) =>
    [0, 1].map((item) => graded({ item, run, right: item === 0 || run === 0 }))
  );
  const [row] = summarizeGrades(rows);
  assert.deepEqual([row!.items, row!.answers], [2, 6]);
  assert.ok(Math.abs(row!.accuracy - (1 + 1 / 3) / 2) < 1e-12);
  assert.ok(row!.interval.high - row!.interval.low > 0.6);
});

Deno.test("compressed against dense, question by question: McNemar's test, and the difference's interval", () => {
  const worse = thirty.map((_, i) => graded({ method: "2 bits", item: i, right: i < 10 }));
  const [row] = compareModels([...thirty, ...worse]);
  assert.deepEqual([row!.method, row!.items, row!.test], ["2 bits", 30, "mcnemar"]);
  assert.ok(Math.abs(row!.difference + 0.2) < 1e-12);
  assert.ok(Math.abs(row!.p - 2 * 0.5 ** 6) < 1e-12); // six lost, none won: 2 · (1/2)⁶
  assert.ok(row!.interval.low < -0.3 && row!.interval.high < -0.05, JSON.stringify(row!.interval));
  const runs = (method: string, right: (item: number, run: number) => boolean) =>
    [0, 1].flatMap((run) =>
      Array.from({ length: 6 }, (_, item) => graded({ method, item, run, right: right(item, run) }))
    );
  const [means] = compareModels([...runs("dense", () => true), ...runs("50 %", (_, run) => run === 0)]);
  // Six differences of −1/2: of the 2⁶ flips two are as far from 0.
  assert.deepEqual([means!.test, means!.difference, means!.p], ["sign-flip", -0.5, 2 / 64]);
  assert.throws(() => compareModels(worse), /expected answers of m, dense/);
});
