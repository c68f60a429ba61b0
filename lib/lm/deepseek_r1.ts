import { GGML_TYPES, type GgmlType } from "../formats/ggml/types.ts";

/** What a tensor of DeepSeek-R1 is. */
export type R1Role =
  | "norm"
  | "router"
  | "embedding"
  | "output"
  | "attention"
  | "keyValue"
  | "denseGateUp"
  | "denseDown"
  | "sharedGateUp"
  | "sharedDown"
  | "expertGateUp"
  | "expertDown";

/** A tensor of DeepSeek-R1 as GGUF files have it. */
export interface R1Tensor {
  /** Name in the file. */
  readonly name: string;
  /** Part that the matrix plays in its layer. */
  readonly role: R1Role;
  /** Number of the layer, from 0; −1 of what belongs to none. */
  readonly layer: number;
  /** Weights. */
  readonly size: number;
}

const [LAYERS, DENSE, HIDDEN, EXPERTS] = [61, 3, 7168, 256];
const [HEADS, KEY, KEY_PLAIN, VALUE, QUERY_RANK, KV_RANK] = [128, 192, 128, 128, 1536, 512];
const [DENSE_WIDTH, EXPERT_WIDTH, VOCABULARY] = [18_432, 2048, 129_280];

/**
 * The 1,025 tensors of DeepSeek-R1: 61 layers, 3 of them dense, 58 with 256 routed experts and a shared one.
 */
export function r1Tensors(): R1Tensor[] {
  const tensors: R1Tensor[] = [];
  const add = (layer: number, role: R1Role, sizes: Record<string, number>) => {
    for (const [name, size] of Object.entries(sizes)) {
      tensors.push({ name: `${layer < 0 ? "" : `blk.${layer}.`}${name}`, role, layer, size });
    }
  };
  add(-1, "embedding", { token_embd: VOCABULARY * HIDDEN });
  add(-1, "norm", { output_norm: HIDDEN });
  add(-1, "output", { output: VOCABULARY * HIDDEN });
  for (let layer = 0; layer < LAYERS; layer++) {
    add(layer, "norm", {
      attn_norm: HIDDEN,
      attn_q_a_norm: QUERY_RANK,
      attn_kv_a_norm: KV_RANK,
      ffn_norm: HIDDEN,
    });
    add(layer, "attention", {
      attn_q_a: HIDDEN * QUERY_RANK,
      attn_q_b: QUERY_RANK * HEADS * KEY,
      attn_output: HEADS * VALUE * HIDDEN,
    });
    add(layer, "keyValue", {
      attn_kv_a_mqa: HIDDEN * (KV_RANK + KEY - KEY_PLAIN),
      attn_kv_b: KV_RANK * HEADS * (KEY_PLAIN + VALUE),
    });
    if (layer < DENSE) {
      add(layer, "denseGateUp", { ffn_gate: HIDDEN * DENSE_WIDTH, ffn_up: HIDDEN * DENSE_WIDTH });
      add(layer, "denseDown", { ffn_down: HIDDEN * DENSE_WIDTH });
      continue;
    }
    const expert = HIDDEN * EXPERT_WIDTH;
    add(layer, "router", { ffn_gate_inp: HIDDEN * EXPERTS, exp_probs_b: EXPERTS });
    add(layer, "sharedGateUp", { ffn_gate_shexp: expert, ffn_up_shexp: expert });
    add(layer, "sharedDown", { ffn_down_shexp: expert });
    add(layer, "expertGateUp", { ffn_gate_exps: EXPERTS * expert, ffn_up_exps: EXPERTS * expert });
    add(layer, "expertDown", { ffn_down_exps: EXPERTS * expert });
  }
  return tensors;
}

/** Name of a published layout; of one there are two readings. */
export type R1Layout =
  | "UD-IQ1_S"
  | "UD-IQ1_M"
  | "UD-IQ1_M, down in IQ2_XXS"
  | "UD-IQ2_XXS"
  | "UD-Q2_K_XL";

/** A type by role, or by role and layer. */
export type R1Types = Readonly<Record<R1Role, GgmlType | ((layer: number) => GgmlType)>>;

/** What all layouts have in common. */
const COMMON = {
  norm: "F32",
  router: "F32",
  embedding: "Q4_K",
  output: "Q6_K",
  attention: "Q4_K",
  keyValue: "Q6_K",
  denseGateUp: "Q4_K",
  denseDown: "Q6_K",
  sharedGateUp: "Q5_K",
  sharedDown: "Q6_K",
} as const;

const until = (end: number, first: GgmlType, then: GgmlType) => (layer: number) => layer < end ? first : then;

/**
 * The published "dynamic" layouts of DeepSeek-R1: types of attention, dense layers, shared experts, embedding
 * and output of 4 to 6 bits, and routed experts, which are 97 % of the weights, of one or two. `UD-IQ1_S` and
 * `UD-Q2_K_XL` agree with the counts of types that loaders logged; of `UD-IQ1_M` there are two readings, and
 * it and `UD-IQ2_XXS` are known by their printed sizes alone.
 */
export const R1_LAYOUTS: Readonly<Record<R1Layout, R1Types>> = {
  "UD-IQ1_S": { ...COMMON, expertGateUp: "IQ1_S", expertDown: until(9, "IQ2_XXS", "IQ1_S") },
  "UD-IQ1_M": { ...COMMON, expertGateUp: "IQ1_M", expertDown: "IQ2_XS" },
  "UD-IQ1_M, down in IQ2_XXS": { ...COMMON, expertGateUp: "IQ1_M", expertDown: "IQ2_XXS" },
  "UD-IQ2_XXS": { ...COMMON, expertGateUp: "IQ2_XXS", expertDown: "Q2_K" },
  "UD-Q2_K_XL": {
    ...COMMON,
    sharedGateUp: "Q4_K",
    expertGateUp: "Q2_K",
    expertDown: until(6, "Q3_K", "Q2_K"),
  },
};

/** What a layout comes to. */
export interface R1Size {
  /** Bytes of all tensors. */
  bytes: number;
  /** Bits of a weight, over all. */
  bitsPerWeight: number;
  /** Bits of a weight of the routed experts. */
  expertBits: number;
  /** How many tensors have each type. */
  counts: Partial<Record<GgmlType, number>>;
}

/** The size of DeepSeek-R1 in a published layout, by arithmetic. */
export function r1Size(layout: R1Layout): R1Size {
  const types: R1Types = R1_LAYOUTS[layout];
  const counts: Partial<Record<GgmlType, number>> = {};
  let [bytes, size, expertBytes, experts] = [0, 0, 0, 0];
  for (const tensor of r1Tensors()) {
    const rule = types[tensor.role];
    const type = typeof rule === "function" ? rule(tensor.layer) : rule;
    const { weights, bytes: block } = GGML_TYPES[type];
    const own = tensor.size / weights * block;
    counts[type] = (counts[type] ?? 0) + 1;
    bytes += own;
    size += tensor.size;
    if (!tensor.role.startsWith("expert")) continue;
    expertBytes += own;
    experts += tensor.size;
  }
  return { bytes, bitsPerWeight: 8 * bytes / size, expertBits: 8 * expertBytes / experts, counts };
}
