import { type Bounds, COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { seededRandom } from "../random.ts";
import { deviation, mean, quantile } from "./describe.ts";
import { normalQuantile, studentQuantile } from "./distributions.ts";

/** Bounds of an interval. */
export interface Interval {
  /** Lower end of the interval. */
  low: number;
  /** Upper end of the interval. */
  high: number;
}

/** Settings of confidence intervals. */
export interface IntervalOptions {
  /** How often, of many experiments like this one, the interval holds the true value. Default 0.95. */
  level?: number | undefined;
}

/** Which numbers a level may be: neither never nor always. */
export const LEVEL = { above: 0, below: 1 } as const satisfies Bounds;

/**
 * The level that is asked for.
 *
 * @throws RangeError where it is not between 0 and 1
 */
export function levelOf({ level = 0.95 }: IntervalOptions): number {
  requireNumbers("give an interval", { level }, LEVEL);
  return level;
}

/**
 * Where the mean lies of which these values are a sample: Student's interval, exact for normal values.
 * All numbers where there are fewer than two values, which say nothing of their spread.
 */
export function meanInterval(values: readonly number[], options: IntervalOptions = {}): Interval {
  requireOptions("meanInterval", options, { level: true });
  const level = levelOf(options);
  if (values.length < 2) return { low: -Infinity, high: Infinity };
  const error = deviation(values) / Math.sqrt(values.length);
  return around(mean(values), error, values.length - 1, level);
}

/**
 * Where the difference of two means lies (the first less the second), for samples of any spreads that are not
 * paired. Source: B. L. Welch, "The generalization of 'Student's' problem when several different population
 * variances are involved", Biometrika 34 (1947).
 */
export function differenceInterval(
  first: readonly number[],
  second: readonly number[],
  options: IntervalOptions = {},
): Interval {
  requireOptions("differenceInterval", options, { level: true });
  const level = levelOf(options);
  if (first.length < 2 || second.length < 2) return { low: -Infinity, high: Infinity };
  const { error, degrees } = welchError(first, second);
  return around(mean(first) - mean(second), error, degrees, level);
}

/** The standard error of a difference of means, and its degrees of freedom after Welch and Satterthwaite. */
export function welchError(
  first: readonly number[],
  second: readonly number[],
): { error: number; degrees: number } {
  const [a, b] = [first, second].map((values) => deviation(values) ** 2 / values.length) as [number, number];
  const degrees = (a + b) ** 2 / (a ** 2 / (first.length - 1) + b ** 2 / (second.length - 1));
  // Without any spread the degrees make no difference.
  return { error: Math.sqrt(a + b), degrees: a + b > 0 ? degrees : 1 };
}

function around(center: number, error: number, degrees: number, level: number): Interval {
  const half = error > 0 ? studentQuantile((1 + level) / 2, degrees) * error : 0;
  return { low: center - half, high: center + half };
}

/**
 * Where a statistic lies of which nothing is known, by drawing from the values with replacement: the
 * percentile interval. Too narrow for few values; with fewer than ten, {@linkcode meanInterval} is more
 * honest where it fits. Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993),
 * chapter 13.
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  options: IntervalOptions & {
    /** How many samples are drawn. Default 10,000. */
    resamples?: number;
    /** Seed of the draws: the same seed gives the same interval. Default 0. */
    seed?: number;
  } = {},
): Interval {
  requireOptions("bootstrapInterval", options, { level: true, resamples: true, seed: true });
  const { resamples = 10_000, seed = 0 } = options;
  const level = levelOf(options);
  requireNumbers("give an interval", { resamples }, COUNT);
  if (values.length < 2) return { low: -Infinity, high: Infinity };
  const random = seededRandom(seed, "bootstrap");
  const drawn = Array.from(
    { length: resamples },
    () => statistic(values.map(() => values[random.integer(values.length)]!)),
  );
  return { low: quantile(drawn, (1 - level) / 2), high: quantile(drawn, (1 + level) / 2) };
}

/**
 * Where a proportion lies, of which `hits` of `trials` were seen. Source: E. B. Wilson, "Probable inference,
 * the law of succession, and statistical inference", Journal of the American Statistical Association 22
 * (1927).
 *
 * @throws RangeError where there are not 0 to `trials` hits
 */
export function wilsonInterval(
  hits: number,
  trials: number,
  options: IntervalOptions = {},
): Interval {
  requireOptions("wilsonInterval", options, { level: true });
  const level = levelOf(options);
  if (!(hits >= 0 && hits <= trials)) {
    throw new RangeError(`Cannot give an interval: expected 0 to ${trials} hits, found ${hits}`);
  }
  if (trials === 0) return { low: 0, high: 1 };
  const z = normalQuantile((1 + level) / 2);
  const share = hits / trials;
  const center = (share + z * z / (2 * trials)) / (1 + z * z / trials);
  const half = z / (1 + z * z / trials) * Math.sqrt(share * (1 - share) / trials + z * z / (4 * trials ** 2));
  // At the ends the formula is exact but for rounding.
  return { low: hits === 0 ? 0 : center - half, high: hits === trials ? 1 : center + half };
}

/**
 * Where the difference of two proportions lies (the first less the second) that were seen on the same trials,
 * of which `onlyFirst` hit for the first alone and `onlySecond` for the second alone: the differences that a
 * score test does not refuse. It says how little few trials tell also where both always agree, of whose
 * differences a mean's interval has no width. Source: T. Tango, "Equivalence test and confidence interval for
 * the difference in proportions for the paired-sample design", Statistics in Medicine 17 (1998).
 *
 * @throws RangeError where these are no numbers of hits among the trials
 */
export function pairedProportionInterval(
  onlyFirst: number,
  onlySecond: number,
  trials: number,
  options: IntervalOptions = {},
): Interval {
  requireOptions("pairedProportionInterval", options, { level: true });
  requireNumbers("give an interval", { onlyFirst, onlySecond, trials }, { whole: true, from: 0 });
  if (onlyFirst + onlySecond > trials) {
    throw new RangeError(
      `Cannot give an interval: expected at most ${trials} trials that differ, found ${
        onlyFirst + onlySecond
      }`,
    );
  }
  const level = levelOf(options);
  if (trials === 0) return { low: -1, high: 1 };
  const z = normalQuantile((1 + level) / 2);
  return {
    low: -greatestDifference(onlySecond, onlyFirst, trials, z),
    high: greatestDifference(onlyFirst, onlySecond, trials, z),
  };
}

/** The largest difference of gains and losses, as shares, that is at most z errors above what was seen. */
function greatestDifference(gains: number, losses: number, trials: number, z: number): number {
  const isFar = (difference: number) => {
    // The likeliest chance of a loss where the chances differ by so much: the larger root of a quadratic.
    const b = (2 * trials + losses - gains) * difference - gains - losses;
    const c = -losses * difference * (1 - difference);
    const chance = (Math.sqrt(b * b - 8 * trials * c) - b) / (4 * trials);
    const error = Math.sqrt(trials * Math.max(0, 2 * chance + difference * (1 - difference)));
    return trials * difference - (gains - losses) > z * error;
  };
  let [low, high] = [(gains - losses) / trials, 1];
  while (high - low > 1e-15) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (isFar(middle)) high = middle;
    else low = middle;
  }
  return high;
}
