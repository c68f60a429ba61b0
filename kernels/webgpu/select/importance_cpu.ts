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

/** Runs of so many numbers are worth a view of their own. */
const LONG = 256;

const block = new Float64Array(BLOCK);

/** The CPU's way: one run over the weights, sums in float64. */
export function importanceTwin(weight: Tensor, gradient: Tensor | undefined, sums: Sums): Tensor {
  const { measure, axes, dims, root } = sums;
  const loops = LOOPS[measure];
  const w = singles(weight);
  const g = gradient ? singles(gradient) : w;
  const before = sums.add && singles(sums.add);
  const result = new Float32Array(sizeOf(dims));
  if (axes.every(({ stays }) => stays)) {
    for (let from = 0; from < result.length; from += BLOCK) {
      const count = Math.min(BLOCK, result.length - from);
      loops.each(w.subarray(from, from + count), g.subarray(from, from + count));
      if (before) { for (let i = 0; i < count; i++) block[i]! += before[from + i]!; }
      finish(result, block, { from, count, root });
    }
    return new Tensor("float32", result, dims);
  }
  const found = before ? new Float64Array(before) : new Float64Array(result.length);
  const inner = axes.at(-1)!;
  const runs = { w, g, loops, inner: inner.size, outer: axes.slice(0, -1) };
  if (inner.stays) addRuns(found, runs);
  else if (inner.size < LONG) sumShortRuns(found, runs);
  else sumLongRuns(found, runs);
  finish(result, found, { from: 0, count: result.length, root });
  return new Tensor("float32", result, dims);
}

/** Weights, run by run along the innermost axes. */
interface Runs {
  w: Float32Array;
  g: Float32Array;
  loops: Loops;
  /** Numbers of a run. */
  inner: number;
  /** Axes that runs are counted along. */
  outer: readonly Axis[];
}

/** Adds runs whose numbers stay apart. */
function addRuns(found: Float64Array, { w, g, loops, inner, outer }: Runs): void {
  for (let run = 0, place = 0; place < w.length; run++, place += inner) {
    const out = placeOf(run, outer) * inner;
    for (let at = 0; at < inner; at += BLOCK) {
      const [from, count] = [place + at, Math.min(BLOCK, inner - at)];
      loops.each(w.subarray(from, from + count), g.subarray(from, from + count));
      addTo(found, block, out + at, count);
    }
  }
}

/** Sums over runs that are long: each is seen as an array of its own. */
function sumLongRuns(found: Float64Array, { w, g, loops, inner, outer }: Runs): void {
  for (let run = 0, place = 0; place < w.length; run++, place += inner) {
    found[placeOf(run, outer)]! += loops.sum(
      w.subarray(place, place + inner),
      g.subarray(place, place + inner),
    );
  }
}

/** Sums over runs that are short: as many as fill a block are measured at once. */
function sumShortRuns(found: Float64Array, { w, g, loops, inner, outer }: Runs): void {
  const most = Math.floor(BLOCK / inner) * inner;
  for (let from = 0, run = 0; from < w.length; from += most) {
    const count = Math.min(most, w.length - from);
    loops.each(w.subarray(from, from + count), g.subarray(from, from + count));
    for (let i = 0; i < count;) {
      let sum = 0;
      for (const end = i + inner; i < end; i++) sum += block[i]!;
      found[placeOf(run++, outer)]! += sum;
    }
  }
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

/** Loops over weights and what they are multiplied with, of the same length. */
interface Loops {
  /** The sum over all. */
  sum(w: Float32Array, g: Float32Array): number;
  /** Each by itself, into `block`. */
  each(w: Float32Array, g: Float32Array): void;
}

// Written out for each measure, over whole arrays: an engine makes a tight loop of what it sees whole, and
// checks no place of an array that the loop ends with. Two sums at a time, as each addition waits for the one
// before it.
const magnitudes: Loops = {
  sum(w) {
    let a = 0, b = 0, i = 0;
    for (; i < w.length - 1; i += 2) {
      a += Math.abs(w[i]!);
      b += Math.abs(w[i + 1]!);
    }
    return i < w.length ? a + b + Math.abs(w[i]!) : a + b;
  },
  each(w) {
    for (let i = 0; i < w.length; i++) block[i] = Math.abs(w[i]!);
  },
};

const squares: Loops = {
  sum(w) {
    let a = 0, b = 0, i = 0;
    for (; i < w.length - 1; i += 2) {
      const p = w[i]!, q = w[i + 1]!;
      a += p * p;
      b += q * q;
    }
    return i < w.length ? a + b + w[i]! ** 2 : a + b;
  },
  each(w) {
    for (let i = 0; i < w.length; i++) block[i] = w[i]! * w[i]!;
  },
};

const products: Loops = {
  sum(w, g) {
    let a = 0, b = 0, i = 0;
    for (; i < w.length - 1; i += 2) {
      a += Math.abs(w[i]! * g[i]!);
      b += Math.abs(w[i + 1]! * g[i + 1]!);
    }
    return i < w.length ? a + b + Math.abs(w[i]! * g[i]!) : a + b;
  },
  each(w, g) {
    for (let i = 0; i < w.length; i++) block[i] = Math.abs(w[i]! * g[i]!);
  },
};

const squaredProducts: Loops = {
  sum(w, g) {
    let a = 0, b = 0, i = 0;
    for (; i < w.length - 1; i += 2) {
      const p = w[i]! * g[i]!, q = w[i + 1]! * g[i + 1]!;
      a += p * p;
      b += q * q;
    }
    return i < w.length ? a + b + (w[i]! * g[i]!) ** 2 : a + b;
  },
  each(w, g) {
    for (let i = 0; i < w.length; i++) block[i] = (w[i]! * g[i]!) ** 2;
  },
};

const LOOPS: Readonly<Record<Measure, Loops>> = {
  magnitude: magnitudes,
  square: squares,
  taylor: products,
  "taylor-square": squaredProducts,
};
