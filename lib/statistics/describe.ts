import { RangeError } from "../errors.ts";

/** The arithmetic mean, of equal values that value itself; NaN of nothing. */
export function mean(values: readonly number[] | Float32Array | Float64Array): number {
  let [sum, same] = [0, values.length > 0];
  for (const value of values) {
    sum += value;
    same &&= value === values[0];
  }
  // Three times 0.7 is not a third of itself: values that are the same would have a spread.
  return same ? values[0]! + 0 : sum / values.length;
}

/** The sample standard deviation, with n − 1; NaN of fewer than two values, which have none. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1));
}

/** A number that was measured several times, once per seed or run. */
export interface Measured {
  /** The arithmetic mean. */
  mean: number;
  /** Sample standard deviation, with n − 1; NaN where there was one value. */
  deviation: number;
  /** Number of values. */
  count: number;
}

/** Mean, sample standard deviation and number of values. */
export function summarize(values: readonly number[]): Measured {
  return { mean: mean(values), deviation: deviation(values), count: values.length };
}

/**
 * The p-quantile with linear interpolation between order statistics (type 7 of R, the default of NumPy).
 *
 * @param p from 0 to 1
 * @throws RangeError where there are no values
 */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a quantile: expected some values, found none");
  const sorted = Float64Array.from(values).sort();
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - low);
}
