import { divide } from "../core/divide.ts";
import { GGML_BLOCKS, type GgmlType } from "./ggml_layout.ts";
import { floatOf, halfOf, roundEven } from "../core/halves.ts";

type Floats = Float32Array | Float16Array;

const f = Math.fround;

export function packTwin(w: Floats, type: GgmlType, count: number): Uint8Array<ArrayBuffer> {
  const { weights, bytes } = GGML_BLOCKS[type];
  const blocks = new Uint8Array(count * bytes);
  const pack = { Q8_0: packQ8, Q4_K: packQ4 }[type];
  const x = new Float64Array(weights);
  for (let block = 0; block < count; block++) {
    x.set(w.subarray(block * weights, (block + 1) * weights));
    const out = blocks.subarray(block * bytes, (block + 1) * bytes);
    if (largestOf(x) < Infinity) pack(x, out);
    else putHalf(out, 0, 0x7e00);
  }
  return blocks;
}

/** NaN where one of them is. */
function largestOf(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  return largest;
}

export function unpackTwin(blocks: Uint8Array, type: GgmlType): Float32Array<ArrayBuffer> {
  const { weights, bytes } = GGML_BLOCKS[type];
  const count = blocks.length / bytes;
  const w = new Float32Array(count * weights);
  const unpack = { Q8_0: unpackQ8, Q4_K: unpackQ4 }[type];
  for (let block = 0; block < count; block++) {
    unpack(
      blocks.subarray(block * bytes, (block + 1) * bytes),
      w.subarray(block * weights, (block + 1) * weights),
    );
  }
  return w;
}

function packQ8(x: Float64Array, out: Uint8Array): void {
  const d = divide(largestOf(x), 127);
  const inverse = d === 0 ? 0 : divide(1, d);
  putHalf(out, 0, halfOf(d));
  for (let i = 0; i < 32; i++) {
    const scaled = f(x[i]! * inverse);
    const size = Math.floor(Math.abs(scaled) + 0.5); // in float64, so no half is made by the sum
    out[2 + i] = scaled < 0 ? -size : size;
  }
}

function unpackQ8(block: Uint8Array, out: Float32Array): void {
  const d = halfAt(block, 0);
  for (let i = 0; i < 32; i++) out[i] = d * (block[2 + i]! << 24 >> 24);
}

const RUNS = 8;
const RUN = 32;
const LEVELS = 15;

function packQ4(x: Float64Array, out: Uint8Array): void {
  const fits = Array.from({ length: RUNS }, (_, run) => fit(x.subarray(run * RUN, (run + 1) * RUN)));
  const largest = Math.max(...fits.map(({ scale }) => scale));
  const deepest = Math.max(...fits.map(({ depth }) => depth));
  const sixBits = (value: number, most: number) =>
    most > 0 ? Math.min(63, roundEven(f(f(63 / most) * value))) : 0;
  const scales = fits.map(({ scale }) => sixBits(scale, largest));
  const depths = fits.map(({ depth }) => sixBits(depth, deepest));
  putHalf(out, 0, halfOf(f(largest / 63)));
  putHalf(out, 2, halfOf(f(deepest / 63)));
  for (let run = 0; run < 4; run++) {
    out[4 + run] = scales[run]! | scales[run + 4]! >> 4 << 6;
    out[8 + run] = depths[run]! | depths[run + 4]! >> 4 << 6;
    out[12 + run] = (scales[run + 4]! & 15) | (depths[run + 4]! & 15) << 4;
  }
  const [d, m] = [halfAt(out, 0), halfAt(out, 2)];
  for (let run = 0; run < RUNS; run++) {
    const [step, depth] = [f(d * scales[run]!), f(m * depths[run]!)];
    for (let i = 0; i < RUN && step !== 0; i++) {
      const q = clampCode(roundEven(f(f(x[run * RUN + i]! + depth) / step)));
      out[16 + (run >> 1) * RUN + i]! |= q << 4 * (run & 1);
    }
  }
}

function unpackQ4(block: Uint8Array, out: Float32Array): void {
  const [d, m] = [halfAt(block, 0), halfAt(block, 2)];
  for (let run = 0; run < RUNS; run++) {
    const [low, high, mixed] = [block[4 + run % 4]!, block[8 + run % 4]!, block[12 + run % 4]!];
    const scale = run < 4 ? low & 63 : (mixed & 15) | low >> 6 << 4;
    const depth = run < 4 ? high & 63 : mixed >> 4 | high >> 6 << 4;
    const [step, offset] = [f(d * scale), f(m * depth)];
    for (let i = 0; i < RUN; i++) {
      const q = block[16 + (run >> 1) * RUN + i]! >> 4 * (run & 1) & 15;
      out[run * RUN + i] = f(step * q) - offset;
    }
  }
}

/** Quantization of a run: w ≈ scale · q − depth, depth from 0. */
interface Fit {
  scale: number;
  depth: number;
}

/**
 * Inverse scales that are tried: (−1 + 0.1·t + 15) / (max − min) for t = 0 … 20, with the best minimum so
 * far.
 */
const TRIES = 20;

/** How much each weight of a run counts, and its code on the grid that is tried. */
const importance = new Float64Array(RUN);
const codes = new Float64Array(RUN);

/**
 * The weighted least squares fit, of the grids that are tried the one with the least error: all in float32.
 */
function fit(x: Float64Array): Fit {
  let [low, high, squares] = [0, x[0]!, 0];
  for (let i = 0; i < RUN; i++) {
    low = Math.min(low, x[i]!);
    high = Math.max(high, x[i]!);
    squares = f(squares + f(x[i]! * x[i]!));
  }
  if (high === low) return { scale: 0, depth: -low };
  const rms = f(Math.sqrt(f(squares / RUN)));
  let [sumW, sumX] = [0, 0];
  for (let i = 0; i < RUN; i++) {
    const counts = f(rms + Math.abs(x[i]!));
    importance[i] = counts;
    sumW = f(sumW + counts);
    sumX = f(sumX + f(counts * x[i]!));
  }
  const first = f(LEVELS / f(high - low));
  round(x, low, first);
  let best = f(1 / first);
  let least = errorOf(x, best, low);
  for (let t = 0; t <= TRIES; t++) {
    round(x, low, f(f(f(-1 + f(f(0.1) * t)) + LEVELS) / f(high - low)));
    let [sumL, sumL2, sumXL] = [0, 0, 0];
    for (let i = 0; i < RUN; i++) {
      const weighted = f(importance[i]! * codes[i]!);
      sumL = f(sumL + weighted);
      sumL2 = f(sumL2 + f(weighted * codes[i]!));
      sumXL = f(sumXL + f(weighted * x[i]!));
    }
    const determinant = f(f(sumW * sumL2) - f(sumL * sumL));
    if (!(determinant > 0)) continue;
    let scale = f(f(f(sumW * sumXL) - f(sumX * sumL)) / determinant);
    let min = f(f(f(sumL2 * sumX) - f(sumL * sumXL)) / determinant);
    if (min > 0) [scale, min] = [f(sumXL / sumL2), 0];
    const error = errorOf(x, scale, min);
    // What is tried next begins at the better minimum, as in the reference.
    if (error < least) [least, best, low] = [error, scale, min];
  }
  return { scale: best, depth: -low };
}

function round(x: Float64Array, low: number, inverse: number): void {
  for (let i = 0; i < RUN; i++) codes[i] = clampCode(roundEven(f(inverse * f(x[i]! - low))));
}

function errorOf(x: Float64Array, scale: number, min: number): number {
  let error = 0;
  for (let i = 0; i < RUN; i++) {
    const difference = f(f(f(scale * codes[i]!) + min) - x[i]!);
    error = f(error + f(importance[i]! * f(difference * difference)));
  }
  return error;
}

function clampCode(code: number): number {
  return Math.min(Math.max(code, 0), LEVELS);
}

function putHalf(bytes: Uint8Array, at: number, half: number): void {
  bytes[at] = half & 0xff;
  bytes[at + 1] = half >> 8;
}

function halfAt(bytes: Uint8Array, at: number): number {
  return floatOf(bytes[at]! | bytes[at + 1]! << 8);
}
