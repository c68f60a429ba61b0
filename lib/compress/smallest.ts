import type { NmPattern } from "../../kernels/webgpu/nm/nm_groups.ts";

/**
 * Marks the smallest part of some scores with 1: round(count · part) of them, of equal ones the first; or as
 * reference implementations do all that are not above number ⌊count · part⌋ (from 0) of the sorted scores,
 * one more at least.
 */
export function smallestOfAll(scores: Float64Array, part: number, referenceCompatible: boolean): Uint8Array {
  const marks = new Uint8Array(scores.length);
  const count = referenceCompatible ? Math.floor(scores.length * part) : Math.round(scores.length * part);
  if (!referenceCompatible && count === 0) return marks;
  const sorted = scores.slice().sort();
  const threshold = sorted[Math.min(referenceCompatible ? count : count - 1, sorted.length - 1)]!;
  let ties = 0; // those at the threshold that go
  while (ties < count && sorted[count - 1 - ties] === threshold) ties++;
  scores.forEach((score, i) => {
    if (score < threshold) marks[i] = 1;
    else if (score === threshold && (referenceCompatible || ties-- > 0)) marks[i] = 1;
  });
  return marks;
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
