import { COUNT, requireNumbers } from "../bounds.ts";
import { requireOptions } from "../options.ts";
import { seededRandom } from "../random.ts";
import { deviation, mean } from "./describe.ts";
import { binomialCdf, studentCdf } from "./distributions.ts";
import { welchError } from "./intervals.ts";

/** Result of a test of "there is no difference". */
export interface TestResult {
  /** The test's statistic, which is compared with its distribution by chance. */
  statistic: number;
  /** Probability of a difference at least as large, in either direction, where there is none. */
  p: number;
}

/** Student's t test of paired differences: is their mean 0? NaN for fewer than two. */
export function pairedTTest(differences: readonly number[]): TestResult & { degrees: number } {
  const degrees = differences.length - 1;
  const error = deviation(differences) / Math.sqrt(differences.length);
  return { ...tTest(mean(differences), error, degrees), degrees };
}

/**
 * Welch's t test of two samples that are not paired: are their means the same? NaN for fewer than two values.
 */
export function welchTTest(
  first: readonly number[],
  second: readonly number[],
): TestResult & { degrees: number } {
  const { error, degrees } = welchError(first, second);
  return { ...tTest(mean(first) - mean(second), error, degrees), degrees };
}

function tTest(difference: number, error: number, degrees: number): TestResult {
  const statistic = difference === 0 && error === 0 ? 0 : difference / error;
  if (Number.isNaN(statistic)) return { statistic, p: NaN };
  // Infinite where all differences are one and the same.
  return { statistic, p: Number.isFinite(statistic) ? 2 * studentCdf(-Math.abs(statistic), degrees) : 0 };
}

/** Up to so many pairs all flips are counted: 2¹⁶ sums. */
const EXACT = 16;

/**
 * The sign-flip permutation test of paired differences, which needs no normal distribution: how often is the
 * sum as far from 0 as here when each difference takes either sign by chance? All 2ⁿ flips for up to 16
 * pairs, else as many drawn ones. The least p that n pairs can give is 2¹⁻ⁿ: five pairs or fewer never fall
 * below 0.05. NaN where a difference is no finite number.
 *
 * @throws RangeError where `flips` is no whole number from 1
 */
export function signFlipTest(
  differences: readonly number[],
  options: {
    /** How many flips are drawn for more than 16 pairs. Default 100,000. */
    flips?: number;
    /** Seed of the draws. Default 0. */
    seed?: number;
  } = {},
): TestResult {
  requireOptions("signFlipTest", options, { flips: true, seed: true });
  const { flips = 100_000, seed = 0 } = options;
  requireNumbers("test differences", { flips }, COUNT);
  const statistic = mean(differences);
  if (!Number.isFinite(statistic) && differences.length > 0) return { statistic, p: NaN };
  const found = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  // Sums of the same numbers in another order are the same but for rounding.
  const least = found - 1e-12 * differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const exact = differences.length <= EXACT;
  const random = seededRandom(seed, "flips");
  const total = exact ? 2 ** differences.length : flips;
  let extreme = 0;
  for (let flip = 0; flip < total; flip++) {
    let [sum, bits] = [0, flip];
    differences.forEach((value, i) => {
      if (!exact && i % 32 === 0) bits = random.bits();
      sum += bits & 1 ? -value : value;
      bits >>>= 1;
    });
    if (Math.abs(sum) >= least) extreme++;
  }
  // Drawn flips are joined by the one that was seen, so that p is never 0.
  return { statistic, p: exact ? extreme / total : (extreme + 1) / (total + 1) };
}

/**
 * McNemar's exact test of two classifiers on the same examples: of those on which they differ, does one win
 * more often? Source: Q. McNemar, "Note on the sampling error of the difference between correlated
 * proportions or percentages", Psychometrika 12 (1947).
 *
 * @param onlyFirst examples that only the first has right
 * @param onlySecond examples that only the second has right
 */
export function mcNemarTest(onlyFirst: number, onlySecond: number): TestResult {
  const fewer = Math.min(onlyFirst, onlySecond);
  return {
    statistic: fewer,
    p: Math.min(1, 2 * binomialCdf(fewer, onlyFirst + onlySecond, 0.5)),
  };
}
