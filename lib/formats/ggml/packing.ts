import { halfOf } from "../../tensor/halves.ts";

const f = Math.fround;

/**
 * Encodes one block of weights into bytes that are zero. `importance` says how much each counts, `variance`
 * is the mean of the squares of the row that the block is of, for types that go by it.
 */
export type Pack = (
  x: Float32Array,
  out: Uint8Array,
  importance: Float32Array | undefined,
  variance: number,
) => void;

/** Writes the half float nearest to a number. */
export function putHalf(bytes: Uint8Array, at: number, value: number): void {
  const half = halfOf(value);
  bytes[at] = half & 255;
  bytes[at + 1] = half >> 8;
}

/** Codes of 4 bits: the first 16 in the low halves of 16 bytes, the others in the high ones. */
export function putNibbles(out: Uint8Array, at: number, codes: ArrayLike<number>): void {
  for (let i = 0; i < 16; i++) out[at + i] = codes[i]! & 15 | (codes[i + 16]! & 15) << 4;
}

/** How much each weight counts: importance·√(variance + x²). */
export function counting(x: Float32Array, importance: Float32Array, variance: number): Float32Array {
  return x.map((value, i) => importance[i]! * f(Math.sqrt(f(variance + f(value * value)))));
}

/** The mean of squares, summed in float32 from the first on. */
export function meanSquare(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum = Math.fround(sum + Math.fround(x[i]! * x[i]!));
  return Math.fround(sum / x.length);
}
