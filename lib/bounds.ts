import { RangeError } from "./errors.ts";
import { givenInWords } from "./given.ts";

/** Which numbers can be meant; all of them are finite, but where infinity is named. */
export interface Bounds {
  /** Whole numbers alone. */
  whole?: true;
  /** Larger ones than this. */
  above?: number;
  /** The smallest one. */
  from?: number;
  /** The largest one. */
  to?: number;
  /** Smaller ones than this. */
  below?: number;
  /** Infinity too: a bound that is none. */
  orInfinity?: true;
}

/** How many of something there are that has to be there. */
export const COUNT = { whole: true, from: 1 } as const satisfies Bounds;

/** A part of a whole, none and all among them. */
export const SHARE = { from: 0, to: 1 } as const satisfies Bounds;

/** The most of something that may be spent or waited, infinity where there is no bound. */
export const MOST = { from: 0, orInfinity: true } as const satisfies Bounds;

/** Whether it is one of those numbers. */
export function isWithin(value: unknown, bounds: Bounds): value is number {
  if (value === Infinity) return bounds.orInfinity === true;
  const { whole, above = -Infinity, from = -Infinity, to = Infinity, below = Infinity } = bounds;
  const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
  return fits && typeof value === "number" && value > above && value >= from && value <= to && value < below;
}

/** The numbers in words: "a whole number from 1", "a number above 0, at most 1". */
export function boundsInWords({ whole, above, from, to, below, orInfinity }: Bounds): string {
  return [
    whole ? "a whole number" : "a number",
    ...above === undefined ? [] : [` above ${above}`],
    ...from === undefined ? [] : [` from ${from}`],
    ...to === undefined ? [] : [above === undefined ? ` to ${to}` : `, at most ${to}`],
    ...below === undefined ? [] : [`, below ${below}`],
    ...orInfinity ? [", or Infinity"] : [],
  ].join("");
}

/**
 * Refuses numbers that cannot be meant, and what is none.
 *
 * @param action what cannot be done so: "build BERT"
 * @param given options by their names, defaults in the place of those that were not given
 * @throws RangeError naming the option, what it was and which numbers it may be
 */
export function requireNumbers(
  action: string,
  given: Readonly<Record<string, number>>,
  bounds: Bounds,
): void {
  for (const [option, value] of Object.entries(given)) {
    if (isWithin(value, bounds)) continue;
    throw new RangeError(
      `Cannot ${action} with ${option} ${givenInWords(value)}: expected ${boundsInWords(bounds)}`,
    );
  }
}
