import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";

/**
 * Marks the smallest part of some scores with 1: round(count · part) of them, of equal ones the first; or as
 * reference implementations do all that are not above number ⌊count · part⌋ (from 0) of the sorted scores,
 * one more at least.
 */
export function smallestOfAll(scores: Float64Array, part: number, referenceCompatible: boolean): Uint8Array {
  const marks = new Uint8Array(scores.length);
  const count = referenceCompatible ? Math.floor(scores.length * part) : Math.round(scores.length * part);
  if (!referenceCompatible && count === 0) return marks;
  const threshold = nth(scores.slice(), Math.min(referenceCompatible ? count : count - 1, scores.length - 1));
  let ties = count; // those at the threshold that go
  for (let i = 0; i < scores.length; i++) if (scores[i]! < threshold) ties--;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (score < threshold || (score === threshold && (referenceCompatible || ties-- > 0))) marks[i] = 1;
  }
  return marks;
}

/** Number `k` of the sorted values, from 0, by Hoare's selection; values change places. */
function nth(values: Float64Array, k: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    // The middle of three, so that values that are sorted already are no worst case.
    const [a, b, c] = [values[low]!, values[(low + high) >> 1]!, values[high]!];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const other = values[i]!;
      values[i++] = values[j]!;
      values[j--] = other;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return values[k]!;
  }
  return values[k]!;
}

/** Marks the `count` smallest scores of each run of `length`, of equal ones the first. */
export function smallestOfEach(
  scores: Float64Array,
  length: number,
  count: (length: number) => number,
): Uint8Array {
  const marks = new Uint8Array(scores.length);
  for (let from = 0; from < scores.length; from += length) {
    const run = scores.subarray(from, Math.min(from + length, scores.length));
    const order = Array.from(run.keys()).sort((a, b) => run[a]! - run[b]! || a - b);
    for (const i of order.slice(0, count(run.length))) marks[from + i] = 1;
  }
  return marks;
}

/**
 * Marks of each group of m neighbours in a row all but the n largest scores; the last group may be shorter.
 */
export function smallestOfGroups(scores: Float64Array, columns: number, { n, m }: NmPattern): Uint8Array {
  const marks = new Uint8Array(scores.length);
  for (let from = 0; from < scores.length; from += columns) {
    marks.set(
      smallestOfEach(scores.subarray(from, from + columns), m, (length) => Math.max(length - n, 0)),
      from,
    );
  }
  return marks;
}

/** A matrix without the weights that are marked. */
export function without(weight: Float64Array, marks: Uint8Array): Float64Array {
  return weight.map((value, i) => marks[i] ? 0 : value);
}
