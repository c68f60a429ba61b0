import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { deviation, mean } from "./describe.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";
import { type Interval, type IntervalOptions, levelOf } from "./intervals.ts";
import { midranks, requireOrdered } from "./ranks.ts";
import type { TestResult } from "./tests.ts";

/**
 * Area under the ROC curve: how often a positive example has the higher score, of one positive and one
 * negative each; the same score counts half.
 *
 * @param labels 1 or true for positive examples, 0 or false for negative ones
 * @throws RangeError where there are none of either, not as many labels as scores, or a score is no number
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): number {
  const { positive, negative } = sides(scores, labels);
  positive.sort();
  negative.sort();
  // For each positive one how many negatives are below it, and how many have its score.
  let [below, upTo, wins] = [0, 0, 0];
  for (const score of positive) {
    while (below < negative.length && negative[below]! < score) below++;
    if (upTo < below) upTo = below;
    while (upTo < negative.length && negative[upTo]! === score) upTo++;
    wins += (below + upTo) / 2;
  }
  return wins / positive.length / negative.length;
}

/**
 * Where the area under the ROC curve lies of which these examples are a sample. Sources: E. R. DeLong, D. M.
 * DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
 * characteristic curves", Biometrics 44 (1988); by ranks after X. Sun and W. Xu, IEEE Signal Processing
 * Letters 21 (2014).
 *
 * From 0 to 1 with fewer than two positive or negative examples. Where examples have no spread, as when all
 * stand in the right order, DeLong's interval has no width however few they are: there it is the areas that a
 * score test does not refuse, method 5 of R. G. Newcombe, "Confidence intervals for an effect size measure
 * based on the Mann–Whitney statistic. Part 2", Statistics in Medicine 25 (2006).
 */
export function aucInterval(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
  options: IntervalOptions = {},
): Interval {
  requireOptions("aucInterval", options, { level: true });
  const level = levelOf(options);
  const { positive, negative } = placements(scores, labels);
  if (Math.min(positive.length, negative.length) < 2) return { low: 0, high: 1 };
  const [area, z] = [mean(positive), normalQuantile((1 + level) / 2)];
  const half = z * standardError(positive, negative);
  if (half > 0) return { low: Math.max(0, area - half), high: Math.min(1, area + half) };
  const counts = [positive.length, negative.length] as const;
  return { low: 1 - greatestArea(1 - area, counts, z), high: greatestArea(area, counts, z) };
}

/** The largest area that is at most z errors, by its own variance, above the one that was seen. */
function greatestArea(seen: number, [positive, negative]: readonly [number, number], z: number): number {
  const more = (positive + negative) / 2 - 1;
  const isFar = (area: number) => {
    const shared = 1 + more * ((1 - area) / (2 - area) + area / (1 + area));
    return (area - seen) ** 2 > z * z * area * (1 - area) * shared / positive / negative;
  };
  let [low, high] = [seen, 1];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (isFar(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * DeLong's test of two models on the same examples: is the area under the ROC curve the same? NaN with fewer
 * than two positive or negative examples.
 */
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
  const { positive: above, negative: below } = sides(scores, labels);
  const ranks = midranks([...above, ...below]);
  const [own, other] = [midranks(above), midranks(below)];
  return {
    positive: Array.from(above, (_, i) => (ranks[i]! - own[i]!) / below.length),
    negative: Array.from(below, (_, i) => 1 - (ranks[above.length + i]! - other[i]!) / above.length),
  };
}

/** The scores of positive and of negative examples. */
function sides(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
): { positive: Float64Array; negative: Float64Array } {
  if (scores.length !== labels.length) {
    throw new RangeError(
      `Cannot compare ${scores.length} scores with ${labels.length} labels: expected as many`,
    );
  }
  requireOrdered("compare scores", scores);
  const positive = new Float64Array(scores.length), negative = new Float64Array(scores.length);
  let [above, below] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (labels[i]) positive[above++] = scores[i]!;
    else negative[below++] = scores[i]!;
  }
  if (above === 0 || below === 0) {
    throw new RangeError(
      `Cannot give an area under the ROC curve: expected positive and negative examples, found ${above} and ${below}`,
    );
  }
  return { positive: positive.slice(0, above), negative: negative.slice(0, below) };
}
