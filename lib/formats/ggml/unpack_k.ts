import type { Unpack } from "./decode_blocks.ts";
import { halfAt } from "./unpack_plain.ts";

const f = Math.fround;

/** Scale (`part` 0) or minimum (1) of run `s` of eight: six bits each, packed in the 12 bytes from `at`. */
export function sixBits(bytes: Uint8Array, at: number, s: number, part: 0 | 1): number {
  if (s < 4) return bytes[at + s + 4 * part]! & 63;
  return bytes[at + s + 4]! >> 4 * part & 15 | bytes[at + s - 4 + 4 * part]! >> 6 << 4;
}

/** The scale of run `s` of sixteen of Q3_K: six bits, packed in 12 bytes, from −32 on. */
function threeScale(bytes: Uint8Array, at: number, s: number): number {
  const low = s < 8 ? bytes[at + s]! & 15 : bytes[at + s - 8]! >> 4;
  return (low | (bytes[at + 8 + (s & 3)]! >> 2 * (s >> 2) & 3) << 4) - 32;
}

/** Super-blocks of 256 weights, whose runs have scales of their own, whole multiples of the block's. */
export const UNPACK_K: Readonly<Record<"Q2_K" | "Q3_K" | "Q4_K" | "Q5_K" | "Q6_K", Unpack>> = {
  Q2_K: (b, at, y, o) => {
    const [d, dmin] = [halfAt(b, at + 80), halfAt(b, at + 82)];
    for (let run = 0; run < 16; run++) {
      const [step, offset] = [f(d * (b[at + run]! & 15)), f(dmin * (b[at + run]! >> 4))];
      const [from, shift] = [at + 16 + 32 * (run >> 3) + 16 * (run & 1), run & 6];
      for (let i = 0; i < 16; i++) y[o + 16 * run + i] = f(step * (b[from + i]! >> shift & 3)) - offset;
    }
  },
  Q3_K: (b, at, y, o) => {
    const d = halfAt(b, at + 108);
    for (let run = 0; run < 16; run++) {
      const step = f(d * threeScale(b, at + 96, run));
      const [first, shift, bit] = [16 * (run & 1), run & 6, run >> 1];
      for (let i = 0; i < 16; i++) {
        const low = b[at + 32 + 32 * (run >> 3) + first + i]! >> shift & 3;
        y[o + 16 * run + i] = step * (low - (b[at + first + i]! >> bit & 1 ? 0 : 4));
      }
    }
  },
  Q4_K: (b, at, y, o) => {
    const [d, dmin] = [halfAt(b, at), halfAt(b, at + 2)];
    for (let run = 0; run < 8; run++) {
      const [scale, min] = [sixBits(b, at + 4, run, 0), sixBits(b, at + 4, run, 1)];
      const [step, offset, from] = [f(d * scale), f(dmin * min), at + 16 + 32 * (run >> 1)];
      for (let i = 0; i < 32; i++) {
        y[o + 32 * run + i] = f(step * (b[from + i]! >> 4 * (run & 1) & 15)) - offset;
      }
    }
  },
  Q5_K: (b, at, y, o) => {
    const [d, dmin] = [halfAt(b, at), halfAt(b, at + 2)];
    for (let run = 0; run < 8; run++) {
      const [scale, min] = [sixBits(b, at + 4, run, 0), sixBits(b, at + 4, run, 1)];
      const [step, offset, from] = [f(d * scale), f(dmin * min), at + 48 + 32 * (run >> 1)];
      for (let i = 0; i < 32; i++) {
        const code = b[from + i]! >> 4 * (run & 1) & 15 | (b[at + 16 + i]! >> run & 1) << 4;
        y[o + 32 * run + i] = f(step * code) - offset;
      }
    }
  },
  Q6_K: (b, at, y, o) => {
    const d = halfAt(b, at + 208);
    for (let run = 0; run < 16; run++) {
      const step = f(d * (b[at + 192 + run]! << 24 >> 24));
      const [half, quarter, first] = [run >> 3, run >> 1 & 3, 16 * (run & 1)];
      const [low, high] = [at + 64 * half + 32 * (quarter & 1) + first, at + 128 + 32 * half + first];
      for (let i = 0; i < 16; i++) {
        const code = b[low + i]! >> 4 * (quarter >> 1) & 15 | (b[high + i]! >> 2 * quarter & 3) << 4;
        y[o + 16 * run + i] = step * (code - 32);
      }
    }
  },
};
