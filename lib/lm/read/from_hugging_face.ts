import { TypeError } from "../../errors.ts";
import {
  count,
  dictionary,
  fields,
  list,
  nullable,
  number,
  parseShape,
  requireShape,
  text,
} from "../../files/schema.ts";
import { isWithin } from "../../bounds.ts";
import { givenInWords, isRecord } from "../../given.ts";
import { requireInside } from "../../onnx/codec/external_data.ts";
import { emptyRecord } from "../../own.ts";
import { quoted } from "../../printable.ts";
import { openSafetensors } from "../../formats/open_safetensors.ts";
import { readSource } from "../../formats/read_source.ts";
import type { DecoderOptions } from "../../nn/decoder.ts";
import { linearFactors, llama3Factors } from "../../nn/rotary.ts";
import { readTokenizerFiles } from "../../text/tokenizer_files.ts";
import { vocabularyFromFolder } from "../../text/vocabulary/from_folder.ts";
import { vocabularyToGguf } from "../../text/vocabulary/to_gguf.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { float32Of } from "../../tensor/arrays.ts";
import type { DecoderWeights } from "./weights.ts";

/** What is read of a `config.json` of Hugging Face's transformers, of version 4 and 5. */
export interface DecoderConfig {
  /** The family. */
  model_type?: string;
  /** Rows of the table of tokens. */
  vocab_size: number;
  /** Width of the residual stream. */
  hidden_size: number;
  /** Heads that ask. */
  num_attention_heads: number;
  /** Heads of keys and values. */
  num_key_value_heads?: number;
  /** Width of a head. */
  head_dim?: number | null;
  /** Layers. */
  num_hidden_layers: number;
  /** Neurons of the feed-forward blocks. */
  intermediate_size: number;
  /** The most tokens of a text. */
  max_position_embeddings: number;
  /** Added in norms. */
  rms_norm_eps?: number;
  /** Base of the wave lengths. */
  rope_theta?: number;
  /** How frequencies are changed. */
  rope_scaling?: RopeParameters | null;
  /** How frequencies are changed, with the base, in newer files. */
  rope_parameters?: RopeParameters | null;
  /** Whether the table of tokens is the output head. */
  tie_word_embeddings?: boolean;
  /** Activation of the gates. */
  hidden_act?: string | null;
  /** Whether tokens see only those near them, in some layers. */
  use_sliding_window?: boolean | null;
  /** What tokens see in each layer, in newer files. */
  layer_types?: string[] | null;
  /** Part of a head that is rotated. */
  partial_rotary_factor?: number | null;
}

/** What a `config.json` says of rotary positions. */
export interface RopeParameters {
  /** Base of the wave lengths. */
  rope_theta?: number;
  /** The rule. */
  rope_type?: string;
  /** The rule, in older files. */
  type?: string;
  /** Divisor of low frequencies. */
  factor?: number;
  /** Waves longer than the original positions by this are slowed down, by `llama3`. */
  low_freq_factor?: number;
  /** Waves shorter than the original positions by this stay, by `llama3`. */
  high_freq_factor?: number;
  /** Positions that the model was trained on before, by `llama3`. */
  original_max_position_embeddings?: number;
  /** Part of a head that is rotated, in newer files. */
  partial_rotary_factor?: number | null;
}

const ROPE = nullable(fields({}, {
  rope_theta: number,
  rope_type: text,
  type: text,
  factor: number,
  low_freq_factor: number,
  high_freq_factor: number,
  original_max_position_embeddings: number,
}));

const KIND = fields({}, { model_type: text });

const CONFIG = fields({
  vocab_size: count,
  hidden_size: count,
  num_attention_heads: count,
  num_hidden_layers: count,
  intermediate_size: count,
  max_position_embeddings: count,
}, {
  num_key_value_heads: nullable(count),
  head_dim: nullable(count),
  rms_norm_eps: number,
  rope_theta: number,
  rope_scaling: ROPE,
  rope_parameters: ROPE,
  layer_types: nullable(list(text)),
});

/** What a field may say of how the model computes: what is built here, as where it says nothing. */
const BUILT: Readonly<Record<string, readonly unknown[]>> = {
  hidden_act: ["silu", "swish"],
  use_sliding_window: [false],
  layer_types: ["full_attention"],
  partial_rotary_factor: [1],
};

/** What only Llama's files say: those of Qwen2 have biases whatever they say. */
const BUILT_LLAMA: typeof BUILT = { attention_bias: [false], mlp_bias: [false] };

/** @throws {TypeError} where a field says that the model computes otherwise than what is built */
function requireBuilt(fields: Readonly<Record<string, unknown>>, built = BUILT): void {
  for (const [name, known] of Object.entries(built)) {
    for (const value of [fields[name]].flat()) {
      if (value === undefined || value === null || known.includes(value)) continue;
      const shown = typeof value === "string" ? quoted(value) : givenInWords(value);
      throw new TypeError(
        `Cannot build a decoder with ${name} ${shown}: expected ${
          known.join(" or ")
        } in config.json, since all else ` +
          "would be computed as that; run the model where it was made",
      );
    }
  }
}

/**
 * The settings of {@linkcode decoder} by a model's `config.json`.
 *
 * @throws {TypeError} where it is of another family than Llama and Qwen2, or has a rule that is not known
 */
export function optionsOfConfig(config: DecoderConfig): DecoderOptions {
  requireShape(KIND, config, "build a decoder by config.json");
  const { model_type: family } = config;
  if (family !== "llama" && family !== "qwen2") {
    throw new TypeError(`Cannot build a decoder of family ${family}: expected llama or qwen2 in config.json`);
  }
  requireShape(CONFIG, config, "build a decoder by config.json");
  const rope = config.rope_parameters ?? config.rope_scaling ?? {};
  requireBuilt({ ...config });
  requireBuilt({ ...rope });
  if (family === "llama") requireBuilt({ ...config }, BUILT_LLAMA);
  const base = rope.rope_theta ?? config.rope_theta ?? 10_000;
  const headSize = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  return {
    vocabulary: config.vocab_size,
    context: config.max_position_embeddings,
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    heads: config.num_attention_heads,
    keyValueHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headSize,
    neurons: config.intermediate_size,
    epsilon: config.rms_norm_eps ?? 1e-6,
    ropeBase: base,
    ...factorsOf(rope, headSize, base),
    biases: family === "qwen2",
    tied: config.tie_word_embeddings ?? false,
  };
}

/** The numbers that each rule of rotary positions needs. */
const ROPE_RULES = {
  default: [],
  linear: ["factor"],
  llama3: ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
} as const satisfies Readonly<Record<string, readonly (keyof RopeParameters)[]>>;

function factorsOf(rope: RopeParameters, headSize: number, base: number): { ropeFactors?: number[] } {
  const kind = rope.rope_type ?? rope.type ?? "default";
  const layered = Object.entries(rope).find(([, value]) => isRecord(value))?.[0];
  if (layered !== undefined || !Object.hasOwn(ROPE_RULES, kind)) {
    throw new TypeError(
      `Cannot build a decoder with ${
        layered === undefined ? `rope_type ${kind}` : `rotary positions of ${quoted(layered)} alone`
      }: expected default, linear or llama3 in config.json, for all layers; run the model where it was made`,
    );
  }
  const needed: readonly (keyof RopeParameters)[] = ROPE_RULES[kind as keyof typeof ROPE_RULES];
  for (const name of needed) {
    if (isWithin(rope[name], { above: 0 })) continue;
    throw new TypeError(
      `Cannot build a decoder with rope_type ${kind} and ${name} ${
        givenInWords(rope[name])
      }: expected a number ` +
        `above 0 in config.json, with ${needed.join(", ")}; download it again`,
    );
  }
  const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } = rope as Required<
    RopeParameters
  >;
  if (kind === "default") return {};
  if (kind === "linear") return { ropeFactors: linearFactors(headSize, factor) };
  return {
    ropeFactors: llama3Factors({
      ...{ headSize, base, factor, original: original_max_position_embeddings },
      ...{ lowFrequency: low_freq_factor, highFrequency: high_freq_factor },
    }),
  };
}

/** Files that an index names, which lie beside it. */
function partsIn(value: unknown, index: string): string[] {
  const what = `read ${index}`;
  const { weight_map: files } = requireShape<{ weight_map: Record<string, string> }>(INDEX, value, what);
  const parts = [...new Set(Object.values(files))];
  for (const part of parts) requireInside(part, index);
  return parts;
}

const INDEX = fields({ weight_map: dictionary(text) });

/**
 * A decoder from a folder of Hugging Face's: `config.json` with `model.safetensors`, or with parts and their
 * `model.safetensors.index.json`.
 *
 * @throws {TypeError} where it is of another family than Llama and Qwen2
 */
export async function decoderFromFolder(folder: string): Promise<DecoderWeights> {
  const json = async (file: string) => {
    const { bytes, name } = await readSource(`${folder}/${file}`);
    return parseShape<never>(
      new TextDecoder().decode(bytes),
      fields({}),
      `read ${name} (download it again where it is damaged)`,
    );
  };
  const config = await json("config.json") as DecoderConfig;
  const options = optionsOfConfig(config);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const index = "model.safetensors.index.json";
  const files = names.includes(index)
    ? partsIn(await json(index), `${folder}/${index}`)
    : ["model.safetensors"];
  const tensors = emptyRecord<Tensor>();
  for (const file of files) {
    const { names, read } = await openSafetensors(`${folder}/${file}`);
    for (const name of names) {
      const isHead = name === "lm_head.weight" && options.tied;
      if (!isHead && !name.endsWith(".rotary_emb.inv_freq")) tensors[name] = wide(await read(name));
    }
  }
  const family = config.model_type as "llama" | "qwen2";
  const vocabulary = names.includes("tokenizer.json")
    ? async () => {
      const { vocabulary, chatTemplate: template } = await vocabularyFromFolder(folder);
      return vocabularyToGguf(await readTokenizerFiles(folder), {
        rows: options.vocabulary,
        template,
        vocabulary,
      });
    }
    : undefined;
  return { name: folder, family, options, tensors, vocabulary };
}

/** Half floats as float32, in which decoders compute; all else as it is. */
function wide(tensor: Tensor): Tensor {
  return tensor.type === "float16" ? new Tensor("float32", float32Of(tensor), tensor.dims) : tensor;
}
