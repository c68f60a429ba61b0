import { TypeError } from "../../errors.ts";
import { GGML_TYPES, type GgmlType } from "./types.ts";
import { UNPACK_I } from "./unpack_i.ts";
import { UNPACK_K } from "./unpack_k.ts";
import { UNPACK_PLAIN } from "./unpack_plain.ts";
import { UNPACK_TERNARY } from "./ternary.ts";

/** Decodes the block at byte `at` to the weights from `o` on. */
export type Unpack = (bytes: Uint8Array, at: number, out: Float32Array, o: number) => void;

const UNPACK: Readonly<Record<GgmlType, Unpack>> = {
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
  const out = new Float32Array(count * weights);
  const unpack = UNPACK[type];
  for (let block = 0; block < count; block++) unpack(bytes, block * size, out, block * weights);
  return out;
}
