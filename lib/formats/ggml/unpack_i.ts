import { grid, LEVELS_NL, signsOf } from "./codebooks.ts";
import type { Unpack } from "./decode_blocks.ts";
import { halfAt, halfBits, nibble, wordAt } from "./unpack_plain.ts";

const f = Math.fround;

/** `count` numbers of a codebook's row, some of them negated, times a scale. */
function row(
  y: Float32Array,
  o: number,
  scale: number,
  book: Int8Array,
  index: number,
  count: number,
  signs: number,
): void {
  for (let e = 0; e < count; e++) {
    const value = f(scale * book[index * count + e]!);
    y[o + e] = signs >> e & 1 ? -value : value;
  }
}

/** Eight numbers of the book of trits, shifted by ±1/8, times a scale. */
function trits(y: Float32Array, o: number, scale: number, index: number, delta: number): void {
  const book = grid("iq1_s");
  for (let e = 0; e < 8; e++) y[o + e] = scale * (book[8 * index + e]! + delta);
}

/** Types that name rows of a codebook, and those of unequal steps (IQ4). */
export const UNPACK_I: Readonly<
  Record<
    "IQ1_S" | "IQ1_M" | "IQ2_XXS" | "IQ2_XS" | "IQ2_S" | "IQ3_XXS" | "IQ3_S" | "IQ4_XS" | "IQ4_NL",
    Unpack
  >
> = {
  IQ1_S: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let run = 0; run < 8; run++) {
      const v = halfBits(b, at + 34 + 2 * run);
      const scale = f(d * (2 * (v >> 12 & 7) + 1));
      for (let k = 0; k < 4; k++) {
        const index = b[at + 2 + 4 * run + k]! | (v >> 3 * k & 7) << 8;
        trits(y, o + 32 * run + 8 * k, scale, index, v & 0x8000 ? -0.125 : 0.125);
      }
    }
  },
  IQ1_M: (b, at, y, o) => {
    const s = (i: number) => halfBits(b, at + 48 + 2 * i);
    const bits = s(0) >> 12 | s(1) >> 8 & 0xf0 | s(2) >> 4 & 0xf00 | s(3) & 0xf000;
    const d = halfAt(Uint8Array.of(bits & 255, bits >> 8), 0);
    for (let run = 0; run < 8; run++) {
      for (let k = 0; k < 4; k++) {
        const code = s(run >> 1) >> 6 * (run & 1) + (k < 2 ? 0 : 3) & 7;
        const high = b[at + 32 + 2 * run + (k >> 1)]! >> 4 * (k & 1) & 15;
        const index = b[at + 4 * run + k]! | (high & 7) << 8;
        trits(y, o + 32 * run + 8 * k, f(d * (2 * code + 1)), index, high & 8 ? -0.125 : 0.125);
      }
    }
  },
  IQ2_XXS: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let run = 0; run < 8; run++) {
      const from = at + 2 + 8 * run;
      const aux = wordAt(b, from + 4);
      const scale = f(d * (0.5 + (aux >>> 28))) / 4;
      for (let k = 0; k < 4; k++) {
        const signs = signsOf(aux >>> 7 * k & 127);
        row(y, o + 32 * run + 8 * k, scale, grid("iq2_xxs"), b[from + k]!, 8, signs);
      }
    }
  },
  IQ2_XS: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let part = 0; part < 32; part++) {
      const scale = f(d * (0.5 + (b[at + 66 + (part >> 2)]! >> 4 * (part >> 1 & 1) & 15))) / 4;
      const q = halfBits(b, at + 2 + 2 * part);
      row(y, o + 8 * part, scale, grid("iq2_xs"), q & 511, 8, signsOf(q >> 9));
    }
  },
  IQ2_S: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let part = 0; part < 32; part++) {
      const [run, k] = [part >> 2, part & 3];
      const scale = f(d * (0.5 + (b[at + 74 + run]! >> 4 * (k >> 1) & 15))) / 4;
      const index = b[at + 2 + part]! | (b[at + 66 + run]! >> 2 * k & 3) << 8;
      row(y, o + 8 * part, scale, grid("iq2_s"), index, 8, b[at + 34 + part]!);
    }
  },
  IQ3_XXS: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let run = 0; run < 8; run++) {
      const aux = wordAt(b, at + 66 + 4 * run);
      const scale = f(d * (0.5 + (aux >>> 28))) / 2;
      for (let k = 0; k < 8; k++) {
        const signs = signsOf(aux >>> 7 * (k >> 1) & 127) >> 4 * (k & 1);
        row(y, o + 32 * run + 4 * k, scale, grid("iq3_xxs"), b[at + 2 + 8 * run + k]!, 4, signs);
      }
    }
  },
  IQ3_S: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let part = 0; part < 64; part++) {
      const [run, k] = [part >> 3, part & 7];
      const scale = f(d * (1 + 2 * (b[at + 106 + (run >> 1)]! >> 4 * (run & 1) & 15)));
      const index = b[at + 2 + part]! | (b[at + 66 + run]! >> k & 1) << 8;
      row(y, o + 4 * part, scale, grid("iq3_s"), index, 4, b[at + 74 + (part >> 1)]! >> 4 * (k & 1));
    }
  },
  IQ4_NL: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let i = 0; i < 32; i++) y[o + i] = d * LEVELS_NL[nibble(b, at + 2, i)]!;
  },
  IQ4_XS: (b, at, y, o) => {
    const [d, high] = [halfAt(b, at), halfBits(b, at + 2)];
    for (let run = 0; run < 8; run++) {
      const code = b[at + 4 + (run >> 1)]! >> 4 * (run & 1) & 15 | (high >> 2 * run & 3) << 4;
      const scale = f(d * (code - 32));
      for (let i = 0; i < 32; i++) {
        y[o + 32 * run + i] = scale * LEVELS_NL[nibble(b, at + 8 + 16 * run, i)]!;
      }
    }
  },
};
