import { halfTable } from "../../tensor/halves.ts";
import type { Unpack } from "./decode_blocks.ts";

const f = Math.fround;

/** The half float at a byte. */
export function halfAt(bytes: Uint8Array, at: number): number {
  return halfTable()[halfBits(bytes, at)]!;
}

/** The bits of the half float at a byte: the place of its number in a table of all. */
export const halfBits = (bytes: Uint8Array, at: number): number => bytes[at]! | bytes[at + 1]! << 8;

/** Codes of 4 bits: the first 16 weights in the low halves of 16 bytes, the others in the high ones. */
export const nibble = (bytes: Uint8Array, at: number, i: number): number =>
  i < 16 ? bytes[at + i]! & 15 : bytes[at + i - 16]! >> 4;

/** The four bytes at a place as a whole number. */
export const wordAt = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;

/** Codes of 5 bits: as those of 4, the fifth bits in a word of their own. */
const five = (bytes: Uint8Array, high: number, at: number, i: number): number =>
  nibble(bytes, at, i) | (high >>> i & 1) << 4;

/** Blocks of 32 with one scale. */
export const UNPACK_PLAIN: Readonly<
  Record<"Q4_0" | "Q4_1" | "Q5_0" | "Q5_1" | "Q8_0", Unpack>
> = {
  Q4_0: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let i = 0; i < 32; i++) y[o + i] = d * (nibble(b, at + 2, i) - 8);
  },
  Q4_1: (b, at, y, o) => {
    const [d, m] = [halfAt(b, at), halfAt(b, at + 2)];
    for (let i = 0; i < 32; i++) y[o + i] = f(d * nibble(b, at + 4, i)) + m;
  },
  Q5_0: (b, at, y, o) => {
    const [d, high] = [halfAt(b, at), wordAt(b, at + 2)];
    for (let i = 0; i < 32; i++) y[o + i] = d * (five(b, high, at + 6, i) - 16);
  },
  Q5_1: (b, at, y, o) => {
    const [d, m, high] = [halfAt(b, at), halfAt(b, at + 2), wordAt(b, at + 4)];
    for (let i = 0; i < 32; i++) y[o + i] = f(d * five(b, high, at + 8, i)) + m;
  },
  Q8_0: (b, at, y, o) => {
    const d = halfAt(b, at);
    for (let i = 0; i < 32; i++) y[o + i] = d * (b[at + 2 + i]! << 24 >> 24);
  },
};
