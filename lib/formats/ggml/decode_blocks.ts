import { TypeError } from "../../errors.ts";
import { halvesToFloats } from "../../tensor/halves.ts";
import { GGML_TYPES, type GgmlType } from "./types.ts";
import { UNPACK_I } from "./unpack_i.ts";
import { UNPACK_K } from "./unpack_k.ts";
import { UNPACK_PLAIN } from "./unpack_plain.ts";
import { UNPACK_TERNARY } from "./ternary.ts";

/** Decodes the block at byte `at` to the weights from `o` on. */
export type Unpack = (bytes: Uint8Array, at: number, out: Float32Array, o: number) => void;

/** Types of plain numbers, which are decoded all at once. */
const PLAIN: Readonly<Record<PlainNumbers, (bytes: Uint8Array) => Float32Array<ArrayBuffer>>> = {
  F32: (bytes) => new Float32Array(bytes.slice().buffer),
  F16: (bytes) => halvesToFloats(words(bytes)),
  BF16: (bytes) => {
    const bits = Uint32Array.from(words(bytes), (half) => half << 16);
    return new Float32Array(bits.buffer);
  },
};
type PlainNumbers = "F32" | "F16" | "BF16";

/** Two bytes at a time, where they lie if they lie so, or else in a copy. */
function words({ buffer, byteOffset, length }: Uint8Array): Uint16Array {
  return byteOffset % 2 === 0
    ? new Uint16Array(buffer, byteOffset, length / 2)
    : new Uint16Array(buffer.slice(byteOffset, byteOffset + length));
}

const UNPACK: Readonly<Record<Exclude<GgmlType, PlainNumbers>, Unpack>> = {
  ...UNPACK_PLAIN,
  ...UNPACK_K,
  ...UNPACK_I,
  ...UNPACK_TERNARY,
};

/**
 * The weights that ggml's blocks stand for, bit for bit those of ggml's own code in float32.
 *
 * @param bytes whole blocks, one after the other
 * @returns float32, as many weights as the blocks hold
 * @throws TypeError where the bytes are no whole number of blocks
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const block = new Uint8Array(34).fill(2, 2); // Q8_0: the scale, then 32 numbers
 * block.set([0x00, 0x3c]); // 1 as a half float
 * assert.deepEqual(decodeBlocks(block, "Q8_0"), new Float32Array(32).fill(2));
 * ```
 */
export function decodeBlocks(bytes: Uint8Array, type: GgmlType): Float32Array<ArrayBuffer> {
  const { weights, bytes: size } = GGML_TYPES[type];
  const count = bytes.length / size;
  if (!Number.isInteger(count)) {
    throw new TypeError(
      `Cannot decode ${bytes.length} bytes of ${type}: expected whole blocks of ${size} bytes each`,
    );
  }
  if (type === "F32" || type === "F16" || type === "BF16") return PLAIN[type](bytes);
  const out = new Float32Array(count * weights);
  const unpack = UNPACK[type];
  for (let block = 0; block < count; block++) unpack(bytes, block * size, out, block * weights);
  return out;
}
