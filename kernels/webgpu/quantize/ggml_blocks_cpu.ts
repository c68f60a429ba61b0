import { decodeBlocks } from "../../../lib/formats/ggml/decode_blocks.ts";
import { PACK_K } from "../../../lib/formats/ggml/pack_k.ts";
import { PACK_PLAIN } from "../../../lib/formats/ggml/pack_plain.ts";
import { type Pack, putHalf } from "../../../lib/formats/ggml/packing.ts";
import { GGML_BLOCKS, type GgmlType } from "./ggml_layout.ts";

type Floats = Float32Array | Float16Array;

/** The library's quantizers of GGUF files; a block with NaN or infinity becomes NaN, as on the GPU. */
export function packTwin(w: Floats, type: GgmlType, count: number): Uint8Array<ArrayBuffer> {
  const { weights, bytes } = GGML_BLOCKS[type];
  const blocks = new Uint8Array(count * bytes);
  const pack: Pack = { ...PACK_PLAIN, ...PACK_K }[type];
  const x = new Float32Array(weights);
  for (let block = 0; block < count; block++) {
    x.set(w.subarray(block * weights, (block + 1) * weights));
    const out = blocks.subarray(block * bytes, (block + 1) * bytes);
    if (x.every(Number.isFinite)) pack(x, out, undefined, 0);
    else putHalf(out, 0, NaN);
  }
  return blocks;
}

export function unpackTwin(blocks: Uint8Array, type: GgmlType): Float32Array<ArrayBuffer> {
  return decodeBlocks(blocks, type);
}
