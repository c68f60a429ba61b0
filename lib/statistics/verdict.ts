import { requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { deviation, mean } from "./describe.ts";
import { decimalsFor, writeRounded, writeSignificant } from "./digits.ts";
import { differenceInterval, type Interval, LEVEL, meanInterval } from "./intervals.ts";

/** Whether a claim holds here. */
export type Outcome = "holds" | "does not hold" | "not decided with so few seeds";

/** Two samples whose values do not belong together in pairs. */
export interface TwoSamples {
  /** Sample that the claim speaks for. */
  first: readonly number[];
  /** Sample that the first one is held against. */
  second: readonly number[];
}

/** A claim, and what was measured of it. */
export interface Claim {
  /** The claim, as a sentence without its full stop: `"ISS-P beats one-shot pruning"`. */
  claim: string;
  /**
   * Measured effect: paired differences, one per seed; two samples, of which the second's mean is taken from
   * the first's; or one number that no seed changes, such as a count, which decides by itself.
   */
  effect: readonly number[] | TwoSamples | number;
  /** Threshold that the effect is held against, in its unit. Default 0. */
  threshold?: number;
  /**
   * On which side the claim lies. What is better, smaller or faster is `"more than"` or `"less than"` the
   * threshold, and does not hold at a tie; `"within"`: no further from 0 than the threshold. Default
   * `"at least"`.
   */
  direction?: "at least" | "at most" | "more than" | "less than" | "within";
  /** Unit of the effect: `"dB"`, `"points"`. */
  unit?: string;
  /** Level of the confidence interval that must lie on one side. Default 0.95. */
  level?: number;
  /** Things of which each has one difference, in the plural: `"images"`. Default `"seeds"`. */
  per?: string;
}

/** A judged claim: result of {@linkcode verdict}. */
export interface Verdict extends Required<Omit<Claim, "effect">> {
  /** Whether the claim holds. */
  outcome: Outcome;
  /** The mean difference; NaN where nothing was measured. */
  effect: number;
  /** Deviation of one difference; NaN where there is one, 0 of a number that no seed changes. */
  spread: number;
  /** Where the effect lies, by the claim's level. */
  interval: Interval;
  /** How many differences there are, of seeds or what `per` says; of two samples, the smaller number. */
  seeds: number;
  /**
   * About how many seeds would decide, were the effect and the spread as they are; undefined where unknown,
   * or decided.
   */
  needed: number | undefined;
  /** Measurement and question, in one sentence. */
  sentence: string;
}

/**
 * Judges a claim by what was measured. The rule: the claim holds where the whole confidence interval of the
 * effect (Student's for pairs, Welch's for two samples) lies on the claim's side of the threshold, which
 * itself belongs to `"at least"`, `"at most"` and `"within"` and not to `"more than"` and `"less than"`; it
 * does not hold where the whole interval lies on the other side; otherwise the seeds are too few to tell. One
 * seed never decides; several that agree to the last digit decide as a count does. At a level of 0.95 a
 * claim that is just false is called true once in forty times.
 *
 * @throws RangeError where a measured number is not finite, the level is not between 0 and 1, or a claim to
 * lie within a threshold has a negative one
 */
export function verdict(claimed: Claim): Verdict {
  const { claim, effect, threshold = 0, direction = "at least", unit = "" } = claimed;
  const { level = 0.95, per = "seeds" } = claimed;
  requireNumbers(`judge "${claim}"`, { level }, LEVEL);
  if (direction === "within" && !(threshold >= 0)) {
    throw new RangeError(
      `Cannot judge whether "${claim}" lies within ${threshold}: expected a distance from 0`,
    );
  }
  const found = measure(effect, level, claim);
  const settings = { claim, threshold, direction, unit, level, per };
  const outcome = judge(found.interval, settings);
  const needed = outcome === UNDECIDED ? seedsNeeded(found, settings) : undefined;
  const judged = { ...settings, ...found, outcome, needed };
  return { ...judged, sentence: sentenceOf(judged) };
}

const UNDECIDED = "not decided with so few seeds";

type Found = Pick<Verdict, "effect" | "spread" | "interval" | "seeds">;
type Settings = Pick<Verdict, "claim" | "threshold" | "direction" | "unit" | "level" | "per">;

function measure(effect: Claim["effect"], level: number, claim: string): Found {
  if (typeof effect === "number") {
    finite([effect], claim);
    return { effect, spread: 0, interval: { low: effect, high: effect }, seeds: 1 };
  }
  if ("first" in effect) {
    const [first, second] = [finite(effect.first, claim), finite(effect.second, claim)];
    return {
      effect: mean(first) - mean(second),
      spread: Math.hypot(deviation(first), deviation(second)),
      interval: differenceInterval(first, second, { level }),
      seeds: Math.min(first.length, second.length),
    };
  }
  return {
    effect: mean(finite(effect, claim)),
    spread: deviation(effect),
    interval: meanInterval(effect, { level }),
    seeds: effect.length,
  };
}

function finite(values: readonly number[], claim: string): readonly number[] {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return values;
  throw new RangeError(
    `Cannot judge "${claim}": expected finite numbers, found ${values[at]} at place ${at}`,
  );
}

/** Whether an interval lies on a claim's side of a threshold, and whether it lies on the other. */
const SIDES: Readonly<
  Record<
    Verdict["direction"],
    Readonly<Record<"inside" | "outside", (interval: Interval, threshold: number) => boolean>>
  >
> = {
  "at least": { inside: ({ low }, t) => low >= t, outside: ({ high }, t) => high < t },
  "at most": { inside: ({ high }, t) => high <= t, outside: ({ low }, t) => low > t },
  "more than": { inside: ({ low }, t) => low > t, outside: ({ high }, t) => high <= t },
  "less than": { inside: ({ high }, t) => high < t, outside: ({ low }, t) => low >= t },
  within: {
    inside: ({ low, high }, t) => low >= -t && high <= t,
    outside: ({ low, high }, t) => high < -t || low > t,
  },
};

function judge(interval: Interval, { threshold, direction }: Settings): Outcome {
  if (interval.low === -Infinity) return UNDECIDED;
  const { inside, outside } = SIDES[direction];
  if (inside(interval, threshold)) return "holds";
  return outside(interval, threshold) ? "does not hold" : UNDECIDED;
}

/** The least number of pairs whose interval would lie on one side. */
function seedsNeeded({ effect, spread, seeds }: Found, settings: Settings): number | undefined {
  if (!(spread > 0)) return undefined;
  for (let n = seeds + 1; n <= 1000; n++) {
    const half = spread * unitHalf(n, settings.level);
    if (judge({ low: effect - half, high: effect + half }, settings) !== UNDECIDED) return n;
  }
  return undefined;
}

/** Half of the interval of n values whose sample deviation is 1. */
function unitHalf(n: number, level: number): number {
  const values = Array.from({ length: n }, (_, i) => i);
  const { low, high } = meanInterval(values, { level });
  return (high - low) / 2 / deviation(values);
}

/**
 * The effect and the ends of its interval, in the digits that half of the interval deserves; without a range
 * where one value has no spread, or several have none. How far single differences lie apart says nothing of
 * their mean's digits.
 */
export function writeEffect(
  { effect, interval: { low, high } }: Pick<Verdict, "effect" | "interval">,
): { mean: string; range: string | undefined } {
  const half = (high - low) / 2;
  if (!(half > 0 && half < Infinity)) return { mean: writeSignificant(effect), range: undefined };
  const decimals = decimalsFor(half);
  const [mean, from, to] = [effect, low, high].map((value) => writeRounded(value, decimals));
  return { mean: mean!, range: `${from} to ${to}` };
}

function sentenceOf(judged: Omit<Verdict, "sentence">): string {
  const { spread, seeds, threshold, direction, unit, level, per, needed } = judged;
  const units = unit && ` ${unit}`;
  const asked = `${direction} ${writeSignificant(threshold)}${units}`;
  if (seeds === 0) return `nothing was measured here; the claim asks for ${asked}`;
  const { mean, range } = writeEffect(judged);
  if (Number.isNaN(spread)) {
    return `${mean}${units} with one ${oneOf(per)}, which has no spread; the claim asks for ${asked}`;
  }
  if (range === undefined) return `${mean}${units}; the claim asks for ${asked}`;
  const more = needed === undefined ? "" : `; about ${needed} ${per} of this spread would decide`;
  return `${mean}${units} over ${seeds} ${per} (deviation ${writeRounded(spread, decimalsFor(spread))}), ${
    writeSignificant(100 * level, 12)
  } % interval ${range}; the claim asks for ${asked}${more}`;
}

/** The singular of what differences are of. */
export function oneOf(plural: string): string {
  return plural.replace(/ies$/, "y").replace(/s$/, "");
}
