import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { floatsOf } from "../core/tensors.ts";
import type { Measure } from "./importance.ts";

/** Neighbouring axes that are summed over together, or stay together. */
export interface Axis {
  /** Elements along them. */
  size: number;
  /** Whether they stay. */
  stays: boolean;
}

/** What is summed, over what, and what is done with it. */
export interface Sums {
  /** Measure of each weight. */
  measure: Measure;
  /** The weight's axes, in order. */
  axes: readonly Axis[];
  /** Shape of the result. */
  dims: readonly number[];
  /** Added before the root. */
  add: Tensor | undefined;
  /** Whether the square root is taken in the end. */
  root: boolean;
}

/** Numbers that are measured at a time where each one counts by itself: few enough for the nearest cache. */
const BLOCK = 2048;

const block = new Float64Array(BLOCK);

/** The CPU's way: one run over the weights, sums in float64. */
export function importanceTwin(weight: Tensor, gradient: Tensor | undefined, sums: Sums): Tensor {
  const { measure, axes, dims, root } = sums;
  const { sum, each } = LOOPS[measure];
  const w = singles(weight);
  const g = gradient ? singles(gradient) : w;
  const before = sums.add && singles(sums.add);
  const result = new Float32Array(sizeOf(dims));
  if (axes.every(({ stays }) => stays)) {
    for (let from = 0; from < result.length; from += BLOCK) {
      const count = Math.min(BLOCK, result.length - from);
      each(w, g, from, count);
      if (before) { for (let i = 0; i < count; i++) block[i]! += before[from + i]!; }
      finish(result, block, { from, count, root });
    }
    return new Tensor("float32", result, dims);
  }
  const found = before ? new Float64Array(before) : new Float64Array(result.length);
  const inner = axes.at(-1)!;
  const outer = axes.slice(0, -1);
  for (let run = 0, place = 0; place < w.length; run++, place += inner.size) {
    const out = placeOf(run, outer);
    if (!inner.stays) found[out]! += sum(w, g, place, place + inner.size);
    else {
      for (let at = 0; at < inner.size; at += BLOCK) {
        const count = Math.min(BLOCK, inner.size - at);
        each(w, g, place + at, count);
        addTo(found, block, out * inner.size + at, count);
      }
    }
  }
  finish(result, found, { from: 0, count: result.length, root });
  return new Tensor("float32", result, dims);
}

/** The place, among those of axes that stay, of what has a place among all of them. */
function placeOf(place: number, axes: readonly Axis[]): number {
  let [left, out, unit] = [place, 0, 1];
  for (let depth = axes.length - 1; depth >= 0; depth--) {
    const { size, stays } = axes[depth]!;
    if (stays) {
      out += left % size * unit;
      unit *= size;
    }
    left = Math.floor(left / size);
  }
  return out;
}

/** Numbers in one kind of array, whatever the tensor's: loops that see two kinds are several times slower. */
function singles(tensor: Tensor): Float32Array {
  const numbers = floatsOf(tensor);
  return numbers instanceof Float32Array ? numbers : new Float32Array(numbers);
}

function addTo(sums: Float64Array, terms: Float64Array, from: number, count: number): void {
  for (let i = 0; i < count; i++) sums[from + i]! += terms[i]!;
}

function finish(
  result: Float32Array,
  sums: Float64Array,
  { from, count, root }: { from: number; count: number; root: boolean },
): void {
  if (root) { for (let i = 0; i < count; i++) result[from + i] = Math.sqrt(sums[i]!); }
  else for (let i = 0; i < count; i++) result[from + i] = sums[i]!;
}

/** Loops over weights and what they are multiplied with; those of squares are given the weights twice. */
interface Loops {
  /** The sum over a run. */
  sum(w: Float32Array, g: Float32Array, from: number, to: number): number;
  /** Each by itself, into `block`. */
  each(w: Float32Array, g: Float32Array, from: number, count: number): void;
}

// Written out for each measure: an engine makes a tight loop of what it sees whole. Four sums at a time, as
// each addition waits for the one before it.
const magnitudes: Loops = {
  sum(w, _, from, to) {
    let a = 0, b = 0, c = 0, d = 0, i = from;
    for (const end = to - 3; i < end; i += 4) {
      a += Math.abs(w[i]!);
      b += Math.abs(w[i + 1]!);
      c += Math.abs(w[i + 2]!);
      d += Math.abs(w[i + 3]!);
    }
    for (; i < to; i++) a += Math.abs(w[i]!);
    return a + b + (c + d);
  },
  each(w, _, from, count) {
    for (let i = 0; i < count; i++) block[i] = Math.abs(w[from + i]!);
  },
};

const products: Loops = {
  sum(w, g, from, to) {
    let a = 0, b = 0, c = 0, d = 0, i = from;
    for (const end = to - 3; i < end; i += 4) {
      a += Math.abs(w[i]! * g[i]!);
      b += Math.abs(w[i + 1]! * g[i + 1]!);
      c += Math.abs(w[i + 2]! * g[i + 2]!);
      d += Math.abs(w[i + 3]! * g[i + 3]!);
    }
    for (; i < to; i++) a += Math.abs(w[i]! * g[i]!);
    return a + b + (c + d);
  },
  each(w, g, from, count) {
    for (let i = 0; i < count; i++) block[i] = Math.abs(w[from + i]! * g[from + i]!);
  },
};

const squaredProducts: Loops = {
  sum(w, g, from, to) {
    let a = 0, b = 0, c = 0, d = 0, i = from;
    for (const end = to - 3; i < end; i += 4) {
      a += (w[i]! * g[i]!) ** 2;
      b += (w[i + 1]! * g[i + 1]!) ** 2;
      c += (w[i + 2]! * g[i + 2]!) ** 2;
      d += (w[i + 3]! * g[i + 3]!) ** 2;
    }
    for (; i < to; i++) a += (w[i]! * g[i]!) ** 2;
    return a + b + (c + d);
  },
  each(w, g, from, count) {
    for (let i = 0; i < count; i++) block[i] = (w[from + i]! * g[from + i]!) ** 2;
  },
};

const LOOPS: Readonly<Record<Measure, Loops>> = {
  magnitude: magnitudes,
  square: products,
  taylor: products,
  "taylor-square": squaredProducts,
};
