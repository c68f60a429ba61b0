import {
  addTo,
  get,
  leb,
  list,
  set,
  simd,
  V128,
  WASM_PAGE,
  wasmInstance,
  zero,
} from "../../kernels/webgpu/linear/wasm_code.ts";
import type { RowState } from "./row_adam.ts";

/** Settings of Adam that a replay needs. */
export interface ReplaySettings {
  /** Numbers of a row. */
  features: number;
  /** L2, the only gradient of a step that a row missed. */
  weightDecay: number;
  /** Decay of the mean and of the mean square of gradients. */
  betas: readonly [number, number];
  /** Added to the root. */
  epsilon: number;
  /** Size below which a number is taken for zero. */
  collapsed: number;
}

/** Steps with L2 alone, of many numbers at once. */
export interface RowReplay {
  /** Notes down a step: its size, and the scale of its root. */
  note(size: number, scale: number): void;
  /**
   * Rows take the steps that they missed.
   *
   * @param rows each once
   * @param firsts the first step that each row missed
   */
  replay(rows: readonly number[], firsts: readonly number[]): void;
}

/** Numbers that take a step at once: as many vectors as hide the time that a root and a quotient take. */
const LANES = 32, VECTORS = LANES / 4;

/**
 * Where the lanes lie: values, means, squares. Settings before them, sizes and scales of steps behind them.
 */
const AT = 64, BLOCK = 4 * LANES, STEPS_AT = 1024, STEP = 8;

/** The module's settings, in their order. */
const SETTINGS = 8;

/**
 * Replays steps of Adam in WebAssembly, whose vectors of four float32 numbers JavaScript has not: each number
 * is a chain of roots and quotients, and many of them side by side take little longer than one. Rounded in
 * float32 step by step, as the dense update is.
 *
 * @param state changed in place
 */
export function rowReplay(state: RowState<Float32Array>, settings: ReplaySettings): RowReplay {
  let { values, mean, square } = state;
  const { features, weightDecay, betas: [beta1, beta2], epsilon, collapsed } = settings;
  const { memory, run } = open();
  new Float32Array(memory.buffer).set([
    ...[weightDecay, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, collapsed, collapsed * weightDecay],
  ]);
  let steps = 0;
  let numbers = new Float32Array(memory.buffer);
  const lanes = () => new Float32Array(memory.buffer, AT, 3 * LANES);
  let block = lanes();

  /** What is in the lanes takes the steps from one to before another. */
  function take(first: number, last: number): void {
    const left = run(AT, STEPS_AT + STEP * first, last - first);
    if (left === 0) return;
    // What is left of the squares goes on fading; the rest is zero.
    const faded = beta2 ** left;
    for (let lane = 2 * LANES; lane < 3 * LANES; lane++) block[lane]! *= faded;
  }

  /** Puts numbers of a table into lanes, or back. */
  function load(at: number, lane: number, count: number): void {
    for (let i = 0; i < count; i++) {
      block[lane + i] = values[at + i]!;
      block[LANES + lane + i] = mean[at + i]!;
      block[2 * LANES + lane + i] = square[at + i]!;
    }
  }
  function store(at: number, lane: number, count: number): void {
    for (let i = 0; i < count; i++) {
      values[at + i] = block[lane + i]!;
      mean[at + i] = block[LANES + lane + i]!;
      square[at + i] = block[2 * LANES + lane + i]!;
    }
  }

  /** A row that fills the lanes at least once. */
  function replayWide(row: number, first: number): void {
    for (let from = 0; from < features; from += LANES) {
      const count = Math.min(LANES, features - from);
      if (count < LANES) block.fill(0);
      load(row * features + from, 0, count);
      take(first, steps);
      store(row * features + from, 0, count);
    }
  }

  /**
   * Rows side by side, those that missed the most steps first: zeros stand where others are still to come.
   */
  function replayNarrow(rows: readonly number[], firsts: readonly number[], order: Float64Array): void {
    const perBlock = Math.floor(LANES / features);
    for (let start = 0; start < order.length; start += perBlock) {
      const some = order.subarray(start, start + perBlock);
      block.fill(0);
      for (let k = 0; k < some.length; k++) {
        load(rows[some[k]!]! * features, k * features, features);
        const [first, next] = [firsts[some[k]!]!, k + 1 < some.length ? firsts[some[k + 1]!]! : steps];
        if (next > first) take(first, next);
      }
      for (let k = 0; k < some.length; k++) store(rows[some[k]!]! * features, k * features, features);
    }
  }

  return {
    note(size, scale) {
      const at = (STEPS_AT + STEP * steps) / 4;
      if (at + 2 > numbers.length) {
        memory.grow(memory.buffer.byteLength / WASM_PAGE);
        numbers = new Float32Array(memory.buffer);
        block = lanes();
      }
      numbers[at] = size;
      numbers[at + 1] = scale;
      steps++;
    },
    replay(rows, firsts) {
      ({ values, mean, square } = state);
      if (2 * features > LANES) rows.forEach((row, i) => replayWide(row, firsts[i]!));
      else replayNarrow(rows, firsts, inOrder(firsts));
    },
  };
}

/** Places of numbers from the smallest to the largest. */
function inOrder(numbers: readonly number[]): Float64Array {
  const count = numbers.length;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = numbers[i]! * count + i;
  keys.sort();
  for (let i = 0; i < count; i++) keys[i]! %= count;
  return keys;
}

/** An instance of its own: the steps of one table's optimizer lie in its memory. */
function open(): { memory: WebAssembly.Memory; run: (at: number, steps: number, count: number) => number } {
  return wasmInstance([{ key: "run", parameters: 3, body: runBody(), gives: true }]);
}

/**
 * All lanes take `count` steps, or as many as it takes until values and means are all zero: how many are left
 * then.
 */
function runBody(): number[] {
  const [at, steps, count] = [0, 1, 2] as const;
  const setting = (i: number) => 3 + i;
  const [decay, beta1, rest1, beta2, rest2, epsilon, small, smallMean] = Array.from(
    { length: SETTINGS },
    (_, i) => setting(i),
  ) as [number, number, number, number, number, number, number, number];
  const [size, scale, gradient, gone, any] = Array.from({ length: 5 }, (_, i) => 3 + SETTINGS + i) as [
    ...[number, number, number, number, number],
  ];
  const value = (v: number) => any + 1 + v, mean = (v: number) => value(VECTORS + v);
  const square = (v: number) => mean(VECTORS + v);
  const vectors = Array.from({ length: VECTORS }, (_, v) => v);
  const all = [value, mean, square].flatMap((of, kind) =>
    vectors.map((v) => ({ local: of(v), offset: kind * BLOCK + 16 * v }))
  );
  const splat = (address: number[], offset: number) => [...address, ...simd(9), 2, ...leb(offset)];
  const [abs, sqrt, plus, minus, times, by] = [0xe0, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7].map(simd) as [
    ...[number[], number[], number[], number[], number[], number[]],
  ];
  const [less, and, andNot, or, anyTrue] = [0x43, 0x4e, 0x4f, 0x50, 0x53].map(simd) as [
    ...[number[], number[], number[], number[], number[]],
  ];
  /** a ← a · kept + b · rest */
  const blend = (a: number, kept: number, b: number[], rest: number) => [
    ...[...get(a), ...get(kept), ...times, ...b, ...get(rest), ...times, ...plus, ...set(a)],
  ];
  const square2 = [...get(gradient), ...get(gradient), ...times];
  const step = (v: number) => [
    ...[...get(value(v)), ...abs, ...get(small), ...less],
    ...[...get(mean(v)), ...abs, ...get(smallMean), ...less, ...and, ...set(gone)],
    ...[...get(value(v)), ...get(gone), ...andNot, ...set(value(v))],
    ...[...get(mean(v)), ...get(gone), ...andNot, ...set(mean(v))],
    ...[...get(any), ...get(value(v)), ...or, ...get(mean(v)), ...or, ...set(any)],
    ...[...get(value(v)), ...get(decay), ...times, ...set(gradient)],
    ...blend(mean(v), beta1, get(gradient), rest1),
    ...blend(square(v), beta2, square2, rest2),
    ...[...get(value(v)), ...get(mean(v))],
    ...[...get(square(v)), ...sqrt, ...get(scale), ...times, ...get(epsilon), ...plus],
    ...[...by, ...get(size), ...times, ...minus, ...set(value(v))],
  ];
  return [
    ...list([[SETTINGS + 5 + all.length, V128]]),
    ...Array.from({ length: SETTINGS }, (_, i) => [...splat([0x41, 0], 4 * i), ...set(setting(i))]).flat(),
    ...all.flatMap(({ local, offset }) => [...get(at), ...simd(0), 4, ...leb(offset), ...set(local)]),
    ...[0x02, 0x40, 0x03, 0x40],
    ...[...splat(get(steps), 0), ...set(size), ...splat(get(steps), 4), ...set(scale), ...zero(any)],
    ...vectors.flatMap(step),
    ...addTo(steps, STEP),
    ...addTo(count, -1),
    ...[...get(any), ...anyTrue, 0x45, 0x0d, 1, ...get(count), 0x0d, 0],
    ...[0x0b, 0x0b],
    ...all.flatMap(({ local, offset }) => [...get(at), ...get(local), ...simd(0x0b), 4, ...leb(offset)]),
    ...get(count),
    0x0b,
  ];
}
