import type { GgufValue } from "../../lib/formats/gguf/values.ts";
import { encodeGguf, type GgufPart } from "../../lib/formats/gguf/write_gguf.ts";

const floats = (name: string, dims: readonly number[]): GgufPart => ({
  name,
  dims,
  type: "F32",
  blocks: () => {
    const length = dims.reduce((a, b) => a * b);
    return new Uint8Array(Float32Array.from({ length }, (_, i) => Math.sin(i)).buffer);
  },
});

const rotations = (freqs: readonly number[]): GgufPart => ({
  name: "rope_freqs.weight",
  dims: [freqs.length],
  type: "F32",
  blocks: () => new Uint8Array(Float32Array.from(freqs).buffer),
});

/** Tensors of a layer of 8 features, 2 heads of 4 on one of keys and values, 4 neurons. */
const LAYER = {
  attn_norm: [8],
  attn_q: [8, 8],
  attn_k: [4, 8],
  attn_v: [4, 8],
  attn_output: [8, 8],
  ffn_norm: [8],
  ffn_gate: [4, 8],
  ffn_up: [4, 8],
  ffn_down: [8, 4],
};

/** Positions that are divided by two. */
const LINEAR: Readonly<Record<string, GgufValue>> = {
  "rope.scaling.type": { type: "string", value: "linear" },
  "rope.scaling.factor": { type: "float32", value: 2 },
};

/**
 * A GGUF file of 2 kB with a decoder of one layer; its sizes may be told otherwise, and more said of it, in
 * words of its family; with divisors of frequencies.
 */
export function decoderGguf(
  sizes: Readonly<Record<string, number>> = {},
  said: Readonly<Record<string, GgufValue>> = LINEAR,
  freqs: readonly number[] = [],
): Promise<Uint8Array> {
  const told = {
    context_length: 16,
    embedding_length: 8,
    block_count: 1,
    feed_forward_length: 4,
    "attention.head_count": 2,
    "attention.head_count_kv": 1,
    ...sizes,
  };
  return encodeGguf({
    metadata: new Map<string, GgufValue>([
      ["general.architecture", { type: "string", value: "llama" }],
      ...Object.entries(told).map(([key, value]): [string, GgufValue] => [
        `llama.${key}`,
        { type: "uint32", value },
      ]),
      ["llama.attention.layer_norm_rms_epsilon", { type: "float32", value: 1e-5 }],
      ...Object.entries(said).map(([key, value]) => [`llama.${key}`, value] as const),
    ]),
    tensors: [
      floats("token_embd.weight", [6, 8]),
      floats("output_norm.weight", [8]),
      ...freqs.length > 0 ? [rotations(freqs)] : [],
      ...Object.entries(LAYER).map(([part, dims]) => floats(`blk.0.${part}.weight`, dims)),
    ],
  });
}
