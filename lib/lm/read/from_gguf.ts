import { unreadable } from "../../formats/archives/cursor.ts";
import { inWords } from "../../formats/in_words.ts";
import type { Gguf } from "../../formats/gguf/open_gguf.ts";
import { boolAt, numberAt, textAt } from "../../formats/gguf/values.ts";
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
  const may = (key: string) => {
    const own = `${family}.${key}`;
    const found = numberAt(metadata, own);
    const other = metadata.get(own)?.type;
    if (found !== undefined || other === undefined) return found;
    throw unreadable(name, 0, `expected one number at ${own}, for all layers, found ${inWords(other)}`);
  };
  const need = (key: string): number => {
    const found = may(key);
    if (found === undefined) throw unreadable(name, 0, `expected a number at ${family}.${key}, found none`);
    return found;
  };
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
  const context = need("context_length");
  requireBuilt(file, family, { context, headSize });
  return {
    family,
    vocabulary: embedding.dims[0]!,
    context,
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

/** What a file may say of how the model computes, by the key behind its family, and what is built here. */
const BUILT: Readonly<Record<string, (value: number | boolean, sizes: BuiltSizes) => boolean>> = {
  "attention.sliding_window": (value, { context }) => value === 0 || Number(value) >= context,
  "attention.value_length": (value, { headSize }) => value === headSize,
  "attention.causal": (value) => value === true,
  "attention.scale": (value, { headSize }) => value === 0 || value === Math.fround(headSize ** -0.5),
  "rope.scaling.attn_factor": (value) => value === 1,
  logit_scale: (value) => value === 0 || value === 1,
  expert_count: (value) => value === 0,
};

type BuiltSizes = Pick<Required<DecoderOptions>, "context"> & { headSize: number };

/** @throws {SyntaxError} where the file says that the model computes otherwise than what is built */
function requireBuilt({ metadata, name }: Gguf, family: string, sizes: BuiltSizes): void {
  for (const [key, isBuilt] of Object.entries(BUILT)) {
    const own = `${family}.${key}`;
    const value = numberAt(metadata, own) ?? boolAt(metadata, own);
    if (value === undefined || isBuilt(value, sizes)) continue;
    throw unreadable(
      name,
      0,
      `expected whole causal attention in heads of ${sizes.headSize}, without experts or scales of its own, ` +
        `found ${own} ${value}, as which the model would be computed wrong; ask it by llama.cpp`,
    );
  }
}

/** Divisors of the frequencies: a tensor of the file, one number for all, or both. */
async function factorsOf(file: Gguf, family: string, headSize: number): Promise<{ ropeFactors?: number[] }> {
  const freqs = "rope_freqs.weight";
  const own = file.tensors.has(freqs) ? [...float32Of(await file.read(freqs))] : undefined;
  const factor = linearFactor(file, family);
  if (factor === 1) return own ? { ropeFactors: own } : {};
  const linear = linearFactors(headSize, factor);
  return { ropeFactors: own ? own.map((divisor) => divisor * factor) : linear };
}

/**
 * What all positions are divided by; 1 for nothing. A file that names no rule and yet has a factor means
 * `linear`, and older files have that under another name.
 */
function linearFactor({ metadata, name }: Gguf, family: string): number {
  const kind = textAt(metadata, `${family}.rope.scaling.type`);
  if (kind === "none") return 1;
  const factor = numberAt(metadata, `${family}.rope.scaling.factor`) ??
    numberAt(metadata, `${family}.rope.scale_linear`);
  if (kind === undefined && (factor === undefined || factor === 0)) return 1;
  if ((kind === undefined || kind === "linear") && factor !== undefined && factor > 0) return factor;
  throw unreadable(
    name,
    0,
    "expected rope.scaling.type none or linear with a factor above 0, beside rope_freqs.weight or without, " +
      `found ${kind ?? "none named"} and ${factor ?? "no factor"}; ask the model by llama.cpp`,
  );
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
