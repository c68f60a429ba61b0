import { RangeError } from "./errors.ts";
import { givenInWords } from "./given.ts";

/** Which numbers can be meant: `from` and `to` are among them, `above` and `below` are not. */
export interface Bounds {
  /** Whole numbers alone. */
  whole?: true;
  /** Numbers above this one. */
  above?: number;
  /** Numbers from this one on. */
  from?: number;
  /** Numbers up to this one. */
  to?: number;
  /** Numbers below this one. */
  below?: number;
}

/** How many of something there are that has to be there. */
export const COUNT = { whole: true, from: 1 } as const satisfies Bounds;

/** A part of a whole, none and all among them. */
export const SHARE = { from: 0, to: 1 } as const satisfies Bounds;

/** Whether it is one of those numbers; they are finite. */
export function isWithin(value: unknown, bounds: Bounds): value is number {
  const { whole, above = -Infinity, from = -Infinity, to = Infinity, below = Infinity } = bounds;
  const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
  return fits && typeof value === "number" && value > above && value >= from && value <= to && value < below;
}

/** The numbers in words: "a whole number from 1", "a number above 0, at most 1". */
export function boundsInWords({ whole, above, from, to, below }: Bounds): string {
  return [
    whole ? "a whole number" : "a number",
    ...above === undefined ? [] : [` above ${above}`],
    ...from === undefined ? [] : [` from ${from}`],
    ...to === undefined ? [] : [above === undefined ? ` to ${to}` : `, at most ${to}`],
    ...below === undefined ? [] : [`, below ${below}`],
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
