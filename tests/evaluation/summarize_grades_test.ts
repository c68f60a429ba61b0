import assert from "node:assert/strict";
import { summarizeGrades } from "../../lib/evaluation/summarize_grades.ts";
import { graded, thirty } from "./graded.ts";

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

Deno.test("tokens for each right answer are infinite where none is right, answered or not", () => {
  const wrong = graded({ item: 0, run: 0, right: false });
  const { answer: _, grades: __, ...none } = wrong;
  for (const rows of [[wrong], [none]]) {
    const [row] = summarizeGrades(rows);
    assert.deepEqual([row!.answers, row!.tokensPerCorrect], [rows[0] === wrong ? 1 : 0, Infinity]);
  }
});

Deno.test("thirds by length, or the 30, 40 and 30 percent of the paper", () => {
  const [thirds] = summarizeGrades(thirty.toReversed());
  const sizes = ({ byLength: { shortest, middle, longest } }: typeof thirds & object) =>
    [shortest, middle, longest].map(({ answers, accuracy, tokens }) => [answers, accuracy, tokens]);
  assert.deepEqual(sizes(thirds!), [[10, 1, 145], [10, 0.6, 245], [10, 0, 345]]);
  const [paper] = summarizeGrades(thirty, { share: 0.3 });
  assert.deepEqual(sizes(paper!), [[9, 1, 140], [12, 7 / 12, 245], [9, 0, 350]]);
  assert.throws(
    () => summarizeGrades(thirty, { share: 0.6 }),
    /with share 0.6: expected a number above 0, at most 0.5/,
  );
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
