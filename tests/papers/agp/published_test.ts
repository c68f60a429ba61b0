import assert from "node:assert/strict";
import {
  BENCHMARKS,
  isWholeNumberOfQuestions,
  TABLE_1,
  TOKEN_FIGURE,
} from "../../../lib/papers/agp/published.ts";

Deno.test("table 1: averages are those of its cells, and AGP's lead is what the paper prints", () => {
  assert.equal(TABLE_1.rows.length, 14);
  for (const { method, scores, average } of TABLE_1.rows) {
    const cells = Object.values(scores);
    assert.equal(average === undefined, cells.length < 6, method);
    // Some averages are cut, not rounded.
    if (average !== undefined) {
      assert.ok(Math.abs(cells.reduce((a, b) => a + b) / 6 - average) < 0.0101, method);
    }
  }
  const of = (name: string) => TABLE_1.rows.find(({ method }) => method === name)!.scores;
  const lead = BENCHMARKS.map((name) =>
    Math.round(100 * (of("AGP")[name]! - of("Single agent")[name]!)) / 100
  );
  assert.deepEqual(lead, [9.84, 7.56, 2.59, 4.04, 9.78, 3.54]);
  assert.deepEqual(
    BENCHMARKS.filter((name) => isWholeNumberOfQuestions(name, of("AGP")[name]!)),
    ["MultiArith", "HumanEval"],
  );
  assert.ok(isWholeNumberOfQuestions("HumanEval", of("G-Designer").HumanEval!));
  // A third and two thirds of 300, cut and rounded, and what neither prints.
  const printed = [33.32, 33.33, 33.34, 66.65, 66.66, 66.67, 66.68].filter((score) =>
    isWholeNumberOfQuestions("SVAMP", score)
  );
  assert.deepEqual(printed, [33.33, 66.66, 66.67]);
});

Deno.test("the figure of tokens: who takes fewer than AGP, and GPTSwarm's eleven times", () => {
  const of = (method: string, benchmark: string) =>
    TOKEN_FIGURE.rows.find((row) => row.method === method && row.benchmark === benchmark)!.millions;
  const fewer = TOKEN_FIGURE.rows.filter(({ benchmark, millions }) => millions < of("AGP", benchmark));
  assert.deepEqual(
    fewer.map(({ method, benchmark }) => `${method} ${benchmark}`).sort(),
    ["G-Designer MMLU", "MaAS HumanEval"],
  );
  assert.ok(Math.abs(1 - of("AGP", "MMLU") / of("GPTSwarm", "MMLU") - 0.91) < 0.005);
  assert.ok(Math.abs(1 - of("AGP", "GSM8K") / of("G-Designer", "GSM8K") - 0.128) < 0.001);
});
