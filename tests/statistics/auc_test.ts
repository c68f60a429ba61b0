import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import { auc, aucInterval, aucTest } from "../../lib/statistics/auc.ts";
import { deviation, mean } from "../../lib/statistics/describe.ts";
import { normalCdf } from "../../lib/statistics/distributions.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

/** Scores of two models, in few steps so that many are the same, and labels. */
function examples(count: number, seed: number): { first: number[]; second: number[]; labels: number[] } {
  const random = seededRandom(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 3 === 0 ? 1 : 0);
  const common = labels.map(() => random.normal());
  const scores = (gain: number) =>
    labels.map((y, i) => Math.round(3 * (gain * y + common[i]! + 0.5 * random.normal())));
  return { first: scores(1.2), second: scores(0.6), labels };
}

const wins = (x: number, y: number) => x > y ? 1 : x === y ? 0.5 : 0;

/** The definition, over all pairs of a positive and a negative example: DeLong's equations 1 to 4, without ranks. */
function byPairs(scores: readonly number[], labels: readonly number[]) {
  const [x, y] = [1, 0].map((side) => scores.filter((_, i) => labels[i] === side)) as [number[], number[]];
  return {
    area: mean(x.flatMap((a) => y.map((b) => wins(a, b)))),
    positive: x.map((a) => mean(y.map((b) => wins(a, b)))),
    negative: y.map((b) => mean(x.map((a) => wins(a, b)))),
  };
}

Deno.test("area, interval and test are those of all pairs, scores that are the same included", () => {
  const { first, second, labels } = examples(90, 1);
  const [a, b] = [byPairs(first, labels), byPairs(second, labels)];
  const variance = (values: readonly number[]) => deviation(values) ** 2;
  const error = Math.sqrt(variance(a.positive) / 30 + variance(a.negative) / 60);
  assertClose([auc(first, labels)], [a.area], REORDERED_FLOAT64, "area");
  const { low, high } = aucInterval(first, labels, { level: 2 * normalCdf(1) - 1 });
  assertClose([low, high], [a.area - error, a.area + error], REORDERED_FLOAT64, "interval of one error");
  // The covariance of two columns, written out.
  const covariance = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, value, i) => sum + (value - mean(u)) * (v[i]! - mean(v)), 0) / (u.length - 1);
  const difference = (u: readonly number[], v: readonly number[]) =>
    (variance(u) + variance(v) - 2 * covariance(u, v)) / u.length;
  const expected = Math.sqrt(difference(a.positive, b.positive) + difference(a.negative, b.negative));
  const found = aucTest(first, second, labels);
  assertClose([found.difference, found.error], [a.area - b.area, expected], REORDERED_FLOAT64, "difference");
  assertClose([found.p], [2 * normalCdf(-Math.abs(a.area - b.area) / expected)], REORDERED_FLOAT64, "p");
});

Deno.test("the area is scikit-learn's where scores are the same across the two kinds", async () => {
  const fixture = await Deno.readTextFile(new URL("../fixtures/statistics.json", import.meta.url));
  const { area } = JSON.parse(fixture) as { area: { labels: number[]; scores: number[]; auc: number }[] };
  for (const { labels, scores, auc: expected } of area) {
    ok(new Set(scores).size < scores.length / 2, "there are ties");
    assertClose([auc(scores, labels)], [expected], REORDERED_FLOAT64, "area");
  }
});

Deno.test("closed forms: right order 1, wrong order 0, no order a half; a model against itself has no difference", () => {
  strictEqual(auc([1, 2, 3, 4], [0, 0, 1, 1]), 1);
  strictEqual(auc([4, 3, 2, 1], [false, false, true, true]), 0);
  strictEqual(auc([7, 7, 7], [0, 1, 1]), 0.5);
  strictEqual(aucTest([1, 3, 2, 4], [1, 3, 2, 4], [0, 0, 1, 1]).p, 1);
});

Deno.test("of many samples the interval of 95 % holds the true area in about 95 %", () => {
  // Normal scores 1 apart: Φ(1 ÷ √2).
  const truth = normalCdf(Math.SQRT1_2);
  const labels = Array.from({ length: 200 }, (_, i) => i % 2);
  let held = 0;
  for (let seed = 0; seed < 400; seed++) {
    const random = seededRandom(seed, "roc");
    const { low, high } = aucInterval(labels.map((y) => y + random.normal()), labels);
    if (low <= truth && truth <= high) held++;
  }
  ok(held > 365 && held < 394, `${held} of 400`); // 380 ± 3.3 deviations of a binomial count
});

Deno.test("one positive example says nothing of its spread: any area, and no p", () => {
  for (const labels of [[0, 1, 0, 0], [1, 0, 1, 1]]) {
    deepStrictEqual(aucInterval([1, 2, 3, 4], labels), { low: 0, high: 1 });
    ok(Number.isNaN(aucTest([1, 2, 3, 4], [2, 1, 3, 4], labels).p));
  }
});

Deno.test("of examples in the right order the interval has a width, less of more, and is mirrored in the wrong one", () => {
  let before = 0;
  for (const count of [2, 3, 10, 100, 1000]) {
    const labels = Array.from({ length: 2 * count }, (_, i) => i < count ? 0 : 1);
    const scores = labels.map((_, i) => i);
    const { low, high } = aucInterval(scores, labels);
    strictEqual(high, 1);
    ok(before < low && low < 1, `${low} of ${count}`);
    const turned = aucInterval(scores.map((score) => -score), labels);
    assertClose([turned.low, turned.high], [0, 1 - low], REORDERED_FLOAT64, "mirrored");
    before = low;
  }
  ok(before > 0.99);
});

Deno.test("of few examples, often in the right order, the interval of 95 % seldom misses the true area", () => {
  // Normal scores 2 apart: Φ(2 ÷ √2), which eight examples seldom tell from 1.
  const truth = normalCdf(Math.SQRT2);
  const labels = Array.from({ length: 8 }, (_, i) => i % 2);
  let [held, ordered] = [0, 0];
  for (let seed = 0; seed < 400; seed++) {
    const random = seededRandom(seed, "few");
    const scores = labels.map((y) => 2 * y + random.normal());
    if (auc(scores, labels) < 1) continue;
    ordered++;
    const { low, high } = aucInterval(scores, labels);
    if (low <= truth && truth <= high) held++;
  }
  ok(ordered > 100 && held === ordered, `${held} of ${ordered}`);
});

Deno.test("one kind of examples, or labels that are too few, are refused", () => {
  throws(() => auc([1, 2], [1, 1]), /found 2 and 0/);
  throws(() => auc([1, 2], [1]), /2 scores with 1 labels/);
});

Deno.test("scores that are no numbers are refused, and their place is named", () => {
  const expected = /^RangeError: Cannot compare scores with NaN at place 2: expected numbers/;
  const [scores, labels] = [[1, 2, NaN, 4], [0, 1, 0, 1]];
  throws(() => auc(scores, labels), expected);
  throws(() => aucInterval(scores, labels), expected);
  throws(() => aucTest([1, 2, 3, 4], scores, labels), expected);
});
