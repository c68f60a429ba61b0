import { RangeError } from "../../lib/errors.ts";

/** A number that a reader chooses between two others. */
export interface Range {
  /** The least value. */
  min: number;
  /** The greatest value. */
  max: number;
  /** The value at first; then what was chosen last. */
  value: number;
  /** Between two values that can be chosen. */
  step: number;
  /** What is chosen, for readers; empty where nothing was said. */
  label: string;
}

/** Settings of {@linkcode range}. */
export interface RangeOptions {
  /** The value at first, which stays where nothing draws a slider. Default: the middle. */
  value?: number | undefined;
  /** Between two values that can be chosen. Default: a hundredth of the way. */
  step?: number | undefined;
  /** What is chosen, for readers. Default: nothing is said. */
  label?: string | undefined;
}

/**
 * A number that a reader chooses with a slider: `view` draws it (the habit is that of Observable's inputs).
 *
 * @throws RangeError unless `min ≤ value ≤ max` and the step is positive
 */
export function range(
  [min, max]: readonly [min: number, max: number],
  { value = (min + max) / 2, step = (max - min) / 100, label = "" }: RangeOptions = {},
): Range {
  const found = `[${min}, ${max}] with value ${value} and step ${step}`;
  if (!(Number.isFinite(min) && Number.isFinite(max) && min < max)) {
    throw new RangeError(`Cannot make a range: expected two numbers, the smaller one first, found ${found}`);
  }
  if (!(value >= min && value <= max)) {
    throw new RangeError(`Cannot make a range: expected a value between its ends, found ${found}`);
  }
  if (!(step > 0 && step <= max - min)) {
    throw new RangeError(
      `Cannot make a range: expected a positive step no longer than the range, found ${found}`,
    );
  }
  return { min, max, value, step, label };
}

/** Decimal places that tell its values apart. */
export function decimalsOf({ min, step }: Range): number {
  const isWhole = (number: number, decimals: number) => {
    const scaled = Math.abs(number) * 10 ** decimals, near = Math.round(scaled);
    return number === 0 || near > 0 && Math.abs(scaled - near) < 1e-6;
  };
  let decimals = 0;
  while (decimals < 15 && !(isWhole(step, decimals) && isWhole(min, decimals))) decimals++;
  return decimals;
}

/** The value of a range's steps that is nearest: sliders give 0.6499999999999999 for 0.65. */
export function nearestValue(range: Range, value: number): number {
  const { min, max, step } = range;
  if (value >= max) return max; // it need not be a whole number of steps away
  const stepped = min + Math.round((value - min) / step) * step;
  return Math.min(max, Math.max(min, Number(stepped.toFixed(decimalsOf(range)))));
}

/** `macs to keep: 0.50 (0.20 to 0.90)` */
export function rangeText(range: Range): string {
  const [now, min, max] = [range.value, range.min, range.max].map((number) =>
    number.toFixed(decimalsOf(range))
  );
  return `${range.label && `${range.label}: `}${now} (${min} to ${max})`;
}
