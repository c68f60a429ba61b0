import { unreadable } from "../../formats/archives/cursor.ts";
import { inWords } from "../../formats/in_words.ts";
import type { Gguf } from "../../formats/gguf/open_gguf.ts";
import { numberAt, textAt } from "../../formats/gguf/values.ts";
import type { DecoderOptions } from "../../nn/decoder.ts";
import { linearFactors } from "../../nn/rotary.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { float32Of } from "../../tensor/arrays.ts";
import { freeTensor } from "../../tensor/free_tensor.ts";
import { type PackedSource, packedSource } from "./packed.ts";
import { blockPairsApart, type DecoderWeights, pairsApart } from "./weights.ts";

/** Names of a layer's tensors in GGUF files, and in {@linkcode decoder}. */
export const LAYER_NAMES = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
} as const;

/** Names of the other tensors in GGUF files, and in {@linkcode decoder}. */
export const OTHER_NAMES = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
} as const;

/** The name that {@linkcode decoder} has for a tensor of a GGUF file; `undefined` where it has none. */
export function decoderName(name: string): string | undefined {
  const [, layer, part, kind] = name.match(/^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/) ?? [];
  const names: Record<string, string> = layer === undefined ? OTHER_NAMES : LAYER_NAMES;
  if (part === undefined || !Object.hasOwn(names, part)) return undefined;
  return `${layer === undefined ? "" : `model.layers.${layer}.`}${names[part]}.${kind}`;
}

/**
 * The sizes of a Llama or Qwen2 model in a GGUF file.
 *
 * @throws {SyntaxError} where the file is of another architecture, or lacks what is needed
 */
async function optionsOfGguf(file: Gguf): Promise<DecoderOptions & { family: "llama" | "qwen2" }> {
  const { metadata, tensors, name } = file;
  const family = textAt(metadata, "general.architecture");
  if (family !== "llama" && family !== "qwen2") {
    throw unreadable(
      name,
      0,
      `expected a model of architecture llama or qwen2, found ${family ?? "no general.architecture"}`,
    );
  }
  const embedding = tensors.get("token_embd.weight");
  if (!embedding) {
    throw unreadable(name, 0, `expected weights, found ${tensors.size} tensors and no token_embd.weight`);
  }
  const need = (key: string): number => {
    const found = numberAt(metadata, `${family}.${key}`);
    if (found === undefined) throw unreadable(name, 0, `expected a number at ${family}.${key}, found none`);
    return found;
  };
  const may = (key: string) => numberAt(metadata, `${family}.${key}`);
  const [hidden, heads] = [need("embedding_length"), need("attention.head_count")];
  const headSize = may("attention.key_length") ?? hidden / heads;
  const rotated = may("rope.dimension_count") ?? headSize;
  if (rotated !== headSize) {
    throw unreadable(
      name,
      0,
      `expected rotations of whole heads of ${headSize}, found rope.dimension_count ${rotated}`,
    );
  }
  return {
    family,
    vocabulary: embedding.dims[0]!,
    context: need("context_length"),
    layers: need("block_count"),
    hidden,
    heads,
    keyValueHeads: may("attention.head_count_kv") ?? heads,
    headSize,
    neurons: need("feed_forward_length"),
    epsilon: need("attention.layer_norm_rms_epsilon"),
    ropeBase: may("rope.freq_base") ?? 10_000,
    ...await factorsOf(file, family, headSize),
    biases: tensors.has("blk.0.attn_q.bias"),
    tied: !tensors.has("output.weight"),
  };
}

/** Divisors of the frequencies: a tensor of the file, or one number for all. */
async function factorsOf(file: Gguf, family: string, headSize: number): Promise<{ ropeFactors?: number[] }> {
  if (file.tensors.has("rope_freqs.weight")) {
    return { ropeFactors: [...float32Of(await file.read("rope_freqs.weight"))] };
  }
  const kind = textAt(file.metadata, `${family}.rope.scaling.type`) ?? "none";
  if (kind === "none") return {};
  const factor = numberAt(file.metadata, `${family}.rope.scaling.factor`);
  if (kind !== "linear" || factor === undefined) {
    throw unreadable(
      file.name,
      0,
      `expected rope.scaling.type none or linear with a factor, or rope_freqs.weight, found ${kind}`,
    );
  }
  return { ropeFactors: linearFactors(headSize, factor) };
}

/**
 * A decoder from a GGUF file, its weights decoded to float32; with `packed`, the matrices that the engine can
 * multiply with as they are stay in their codes.
 *
 * @throws {SyntaxError} where the file is of another architecture, or has tensors that it does not
 */
export async function decoderFromGguf(file: Gguf, { packed = false } = {}): Promise<DecoderWeights> {
  const { family, ...options } = await optionsOfGguf(file);
  const tensors: Record<string, Tensor> = {};
  const matrices: Record<string, PackedSource> = {};
  for (const name of file.tensors.keys()) {
    if (name === "rope_freqs.weight") continue;
    const own = decoderName(name);
    if (own === undefined) {
      throw unreadable(file.name, 0, `expected the tensors of ${family}, found ${JSON.stringify(name)}, too`);
    }
    const rotated = family === "llama" && /\.(q|k)_proj\./.test(own);
    const { type, dims } = file.tensors.get(name)!;
    if (rotated && dims[0]! % options.headSize! !== 0) {
      throw unreadable(
        file.name,
        0,
        `expected ${inWords(name)} in whole heads of ${options.headSize} rows, found ${dims[0]}`,
      );
    }
    const rows = (from: number, to: number) => {
      const blocks = file.blocksSync(name, { from, to });
      if (!rotated) return blocks;
      const moved = blockPairsApart(blocks, to - from, options.headSize!);
      blocks.buffer.transfer(0);
      return moved;
    };
    const together = rotated ? options.headSize! : 1;
    const matrix = packed ? packedSource(rows, type, dims, together) : undefined;
    if (matrix) {
      matrices[own] = matrix;
      continue;
    }
    const tensor = await file.read(name);
    tensors[own] = rotated ? pairsApart(tensor, options.headSize!) : tensor;
    if (rotated) freeTensor(tensor);
  }
  return { name: file.name, family, options, tensors, packed: matrices, metadata: file.metadata };
}
