import { RangeError } from "../errors.ts";

/**
 * Refuses values that are neither above nor below others.
 *
 * @param action what cannot be done with them: "rank values"
 * @throws RangeError naming the place of the first that is no number
 */
export function requireOrdered(action: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i]! <= Infinity) continue;
    throw new RangeError(
      `Cannot ${action} with ${values[i]} at place ${i}: expected numbers; look at what computed it`,
    );
  }
}

/**
 * The rank of each value, from 1; equal values share the middle of their ranks.
 *
 * @throws RangeError where one is no number
 */
export function midranks(values: ArrayLike<number>): Float64Array {
  requireOrdered("rank values", values);
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
  }
  return ranks;
}
