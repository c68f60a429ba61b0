import type { Unpack } from "./decode_blocks.ts";
import { type Pack, putHalf } from "./packing.ts";
import { halfAt } from "./unpack_plain.ts";

/** Where weight `i` of a TQ1_0 block lies: its byte, and which digit of that byte it is. */
function digitOf(i: number): [byte: number, digit: number] {
  if (i < 160) return [i % 32, Math.floor(i / 32)];
  if (i < 240) return [32 + (i - 160) % 16, Math.floor((i - 160) / 16)];
  return [48 + (i - 240) % 4, Math.floor((i - 240) / 4)];
}

const DIGITS = Array.from({ length: 256 }, (_, i) => digitOf(i));
const POWERS = [1, 3, 9, 27, 81];

/** −1, 0 or 1 times the block's scale. */
export const UNPACK_TERNARY: Readonly<Record<"TQ1_0" | "TQ2_0", Unpack>> = {
  /** Five digits in base 3 a byte, as a fraction of 256, so that a product's high bits are the digit. */
  TQ1_0: (b, at, y, o) => {
    const d = halfAt(b, at + 52);
    for (let i = 0; i < 256; i++) {
      const [byte, digit] = DIGITS[i]!;
      const rest = b[at + byte]! * POWERS[digit]! & 255;
      y[o + i] = d * ((3 * rest >> 8) - 1);
    }
  },
  TQ2_0: (b, at, y, o) => {
    const d = halfAt(b, at + 64);
    for (let i = 0; i < 256; i++) {
      y[o + i] = d * ((b[at + 32 * (i >> 7) + (i & 31)]! >> 2 * (i >> 5 & 3) & 3) - 1);
    }
  },
};

/**
 * The block's scale is its largest magnitude; each weight goes to the nearest multiple, halves away from
 * 0.
 */
function trits(x: Float32Array): { scale: number; codes: Uint8Array } {
  const scale = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const inverse = scale > 0 ? Math.fround(1 / scale) : 0;
  const codes = Uint8Array.from(x, (value) => {
    const scaled = Math.fround(value * inverse);
    return 1 + Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
  });
  return { scale, codes };
}

/** The quantizers of the ternary types. */
export const PACK_TERNARY: Readonly<Record<"TQ1_0" | "TQ2_0", Pack>> = {
  TQ1_0: (x, out) => {
    const { scale, codes } = trits(x);
    const sums = new Uint32Array(52);
    codes.forEach((code, i) => {
      const [byte, digit] = DIGITS[i]!;
      sums[byte]! += code * POWERS[4 - digit]!;
    });
    sums.forEach((sum, byte) => out[byte] = Math.ceil(256 * sum / 243));
    putHalf(out, 52, scale);
  },
  TQ2_0: (x, out) => {
    const { scale, codes } = trits(x);
    codes.forEach((code, i) => out[32 * (i >> 7) + (i & 31)]! |= code << 2 * (i >> 5 & 3));
    putHalf(out, 64, scale);
  },
};
