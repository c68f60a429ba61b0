import { deviation, mean } from "./describe.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";
import type { Interval, IntervalOptions } from "./intervals.ts";
import type { TestResult } from "./tests.ts";

/**
 * Area under the ROC curve: how often a positive example has the higher score, of one positive and one
 * negative each; the same score counts half.
 *
 * @param labels 1 or true for positive examples, 0 or false for negative ones
 * @throws RangeError where there are none of either, or not as many labels as scores
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): number {
  return mean(placements(scores, labels).positive);
}

/**
 * Where the area under the ROC curve lies of which these examples are a sample. Sources: E. R. DeLong, D. M.
 * DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
 * characteristic curves", Biometrics 44 (1988); by ranks after X. Sun and W. Xu, IEEE Signal Processing
 * Letters 21 (2014).
 */
export function aucInterval(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
  { level = 0.95 }: IntervalOptions = {},
): Interval {
  const { positive, negative } = placements(scores, labels);
  const half = normalQuantile((1 + level) / 2) * standardError(positive, negative);
  return { low: Math.max(0, mean(positive) - half), high: Math.min(1, mean(positive) + half) };
}

/** DeLong's test of two models on the same examples: is the area under the ROC curve the same? */
export function aucTest(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
): TestResult & { difference: number; error: number } {
  const [a, b] = [placements(first, labels), placements(second, labels)];
  // The variance of a difference is that of the differences, example by example: covariances and all.
  const less = (x: readonly number[], y: readonly number[]) => x.map((value, i) => value - y[i]!);
  const positive = less(a.positive, b.positive);
  const difference = mean(positive);
  const error = standardError(positive, less(a.negative, b.negative));
  const statistic = difference === 0 && error === 0 ? 0 : difference / error;
  return { difference, error, statistic, p: 2 * normalCdf(-Math.abs(statistic)) };
}

function standardError(positive: readonly number[], negative: readonly number[]): number {
  return Math.hypot(...[positive, negative].map((values) => deviation(values) / Math.sqrt(values.length)));
}

/**
 * For each positive example the part of the negative ones below it, and for each negative one the part of the
 * positive ones above it: their means are both the area.
 */
function placements(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
): { positive: number[]; negative: number[] } {
  if (scores.length !== labels.length) {
    throw new RangeError(
      `Cannot compare ${scores.length} scores with ${labels.length} labels: expected as many`,
    );
  }
  const all = Array.from(scores);
  const [above, below] = [true, false].map((side) => all.filter((_, i) => Boolean(labels[i]) === side)) as [
    number[],
    number[],
  ];
  if (above.length === 0 || below.length === 0) {
    throw new RangeError(
      `Cannot give an area under the ROC curve: expected positive and negative examples, found ${above.length} and ` +
        `${below.length}`,
    );
  }
  const ranks = midranks([...above, ...below]);
  const [own, other] = [midranks(above), midranks(below)];
  return {
    positive: above.map((_, i) => (ranks[i]! - own[i]!) / below.length),
    negative: below.map((_, i) => 1 - (ranks[above.length + i]! - other[i]!) / above.length),
  };
}

/** The rank of each value, from 1; equal values share the middle of their ranks. */
function midranks(values: readonly number[]): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
  }
  return ranks;
}
