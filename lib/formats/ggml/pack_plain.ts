import { fitAffine } from "./fit_affine.ts";
import { halfOf } from "../../tensor/halves.ts";
import { extreme, fitSymmetric } from "./fit_symmetric.ts";
import { counting, type Pack, putHalf, putNibbles } from "./packing.ts";

const f = Math.fround;

/** The fifth bits of 32 codes, in the order of the codes. */
function putFifths(out: Uint8Array, at: number, codes: ArrayLike<number>): void {
  for (let i = 0; i < 32; i++) out[at + (i >> 3)]! |= (codes[i]! >> 4 & 1) << (i & 7);
}

/** x ≈ d·(q − levels), with d from the extreme, or from a search where weights are known to count. */
function symmetric(levels: number): (...of: [...Parameters<Pack>]) => Uint8Array {
  return (x, out, importance, variance) => {
    if (importance) {
      const { scale, codes } = fitSymmetric(x, counting(x, importance, variance), levels);
      putHalf(out, 0, scale);
      return Uint8Array.from(codes, (code) => code + levels);
    }
    const d = f(extreme(x) / -levels);
    const inverse = d ? f(1 / d) : 0;
    putHalf(out, 0, d);
    return Uint8Array.from(
      x,
      (value) => Math.min(Math.trunc(f(f(value * inverse) + levels + 0.5)), 2 * levels - 1),
    );
  };
}

/** x ≈ d·q + m, from the least and the most, or from a search where weights are known to count. */
function affine(levels: number): (...of: [...Parameters<Pack>]) => Uint8Array {
  return (x, out, importance, variance) => {
    if (importance) {
      const weights = counting(x, importance, variance);
      const { scale, depth, codes } = fitAffine(x, weights, { levels, first: -0.9, step: 0.05, tries: 36 });
      putHalf(out, 0, scale);
      putHalf(out, 2, -depth);
      return codes;
    }
    const [low, high] = [x.reduce((a, b) => Math.min(a, b)), x.reduce((a, b) => Math.max(a, b))];
    const d = f(f(high - low) / levels);
    const inverse = d ? f(1 / d) : 0;
    putHalf(out, 0, d);
    putHalf(out, 2, low);
    return Uint8Array.from(
      x,
      (value) => Math.min(Math.max(Math.trunc(f(f(f(value - low) * inverse) + 0.5)), 0), levels),
    );
  };
}

/** The bytes of two-byte numbers. */
function words(x: Float32Array, bits: (i: number) => number): Uint8Array<ArrayBuffer> {
  const found = new Uint16Array(x.length);
  for (let i = 0; i < x.length; i++) found[i] = bits(i);
  return new Uint8Array(found.buffer);
}

/** Plain numbers, all at once: there are too many to be taken for blocks of one. */
export const PACK_NUMBERS: Readonly<
  Record<"F32" | "F16" | "BF16", (x: Float32Array) => Uint8Array<ArrayBuffer>>
> = {
  F32: (x) => new Uint8Array(x.slice().buffer as ArrayBuffer),
  F16: (x) => words(x, (i) => halfOf(x[i]!)),
  BF16: (x) => {
    const float = new Uint32Array(x.buffer, x.byteOffset, x.length);
    return words(x, (i) => float[i]! + 0x7fff + (float[i]! >>> 16 & 1) >>> 16);
  },
};

/** Blocks of 32 with one scale. */
export const PACK_PLAIN: Readonly<Record<"Q4_0" | "Q4_1" | "Q5_0" | "Q5_1" | "Q8_0", Pack>> = {
  Q4_0: (...of) => putNibbles(of[1], 2, symmetric(8)(...of)),
  Q4_1: (...of) => putNibbles(of[1], 4, affine(15)(...of)),
  Q5_0: (...of) => {
    const codes = symmetric(16)(...of);
    putFifths(of[1], 2, codes);
    putNibbles(of[1], 6, codes);
  },
  Q5_1: (...of) => {
    const codes = affine(31)(...of);
    putFifths(of[1], 4, codes);
    putNibbles(of[1], 8, codes);
  },
  /** Halves away from zero; where the scale is below the normal numbers, zeros. */
  Q8_0: (x, out) => {
    const d = f(Math.abs(extreme(x)) / 127);
    const scale = d < 2 ** -126 ? 0 : d;
    const inverse = scale === 0 ? 0 : f(1 / scale);
    putHalf(out, 0, scale);
    for (let i = 0; i < 32; i++) {
      const scaled = f(x[i]! * inverse);
      const size = Math.floor(Math.abs(scaled) + 0.5); // in float64, so no half is made by the sum
      out[2 + i] = scaled < 0 ? -size : size;
    }
  },
};
