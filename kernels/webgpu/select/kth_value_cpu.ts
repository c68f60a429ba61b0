import { type Bits, type FloatType, KEYS, sortableBits, sortableRule } from "./float_order.ts";
import { type Digit, digitsOf } from "./kth_value_digits.ts";

/** A key found by rank. */
export interface FoundKey {
  /** The k-th smallest key. */
  key: number;
  /** Position, in all arrays together, behind the last of the equal keys that belong to the k smallest. */
  tiesBefore: number;
}

const counts = new Uint32Array(2 ** 11);

/**
 * The k-th smallest key of arrays together, k from 1: a histogram of the keys' upper digit says in which bin
 * it lies; only the keys of that bin are looked at for the next digit. Two passes over all of them, and what
 * is left is little.
 */
export function kthKey(arrays: readonly Bits[], type: FloatType, k: number): FoundKey {
  let candidates = arrays;
  let [key, rank, equal] = [0, k - 1, 0];
  for (const digit of digitsOf(KEYS[type].bits)) {
    counts.fill(0, 0, 2 ** digit.width);
    for (const bits of candidates) count(bits, type, digit);
    let bin = 0;
    while (rank >= counts[bin]!) rank -= counts[bin++]!;
    equal = counts[bin]!;
    key = key * 2 ** digit.width + bin;
    if (digit.shift > 0) candidates = [withPrefix(candidates, type, { ...digit, prefix: key, size: equal })];
  }
  return { key, tiesBefore: rank + 1 === equal ? Infinity : positionOf(arrays, type, key, rank) + 1 };
}

function count(bits: Bits, type: FloatType, { shift, width }: Digit): void {
  const { mask, nan } = sortableRule(type);
  const last = 2 ** width - 1;
  for (let i = 0; i < bits.length; i++) {
    const key = sortableBits(bits[i]!, mask, nan);
    counts[(key >>> shift) & last]!++;
  }
}

/** The keys that begin with the digits found so far; there are `size`. */
function withPrefix(
  arrays: readonly Bits[],
  type: FloatType,
  { shift, prefix, size }: Digit & { prefix: number; size: number },
): Uint32Array {
  const { mask, nan } = sortableRule(type);
  const found = new Uint32Array(size);
  let at = 0;
  for (const bits of arrays) {
    for (let i = 0; i < bits.length; i++) {
      const key = sortableBits(bits[i]!, mask, nan);
      if (key >>> shift === prefix) found[at++] = key;
    }
  }
  return found;
}

/** The place of the key that comes after `rank` equal ones. */
function positionOf(arrays: readonly Bits[], type: FloatType, key: number, rank: number): number {
  const { mask, nan } = sortableRule(type);
  let start = 0;
  for (const bits of arrays) {
    for (let i = 0; i < bits.length; i++) {
      if (sortableBits(bits[i]!, mask, nan) === key && rank-- === 0) return start + i;
    }
    start += bits.length;
  }
  return start;
}
