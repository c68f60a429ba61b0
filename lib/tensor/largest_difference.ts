import { numbersOf, type Tensor } from "./tensor.ts";

/** How far numbers are from those that they should be. */
export interface LargestDifference {
  /** Largest difference of two numbers at the same place; Infinity where only one of them is finite. */
  largest: number;
  /** Largest absolute number among the finite ones of the first tensor, which differences are told by. */
  scale: number;
}

/**
 * Compares two tensors of the same shape, place by place. Numbers that are not finite (scores that are masked
 * out) differ from all but themselves, and say nothing about the scale of the others.
 *
 * @throws TypeError where one is of strings
 */
export function largestDifference(expected: Tensor, given: Tensor): LargestDifference {
  const others = numbersOf(given);
  let [largest, scale] = [0, 0];
  for (const [i, value] of numbersOf(expected).entries()) {
    const other = others[i]!;
    if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    if (Object.is(value, other)) continue;
    const difference = Math.abs(value - other);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }
  return { largest, scale };
}
