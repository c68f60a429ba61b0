import { RangeError, TypeError } from "../../errors.ts";
import { type FileParts, replaceFiles } from "../../files/replace_files.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { encodeBlocks, isWritable, WRITABLE_TYPES } from "../../formats/ggml/encode_blocks.ts";
import { GGML_TYPES, type WritableGgmlType } from "../../formats/ggml/types.ts";
import type { GgufMetadata, GgufValue } from "../../formats/gguf/values.ts";
import { ggufFile, type GgufPart } from "../../formats/gguf/write_gguf.ts";
import { decoder, type DecoderOptions } from "../../nn/decoder.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type DecoderWeights, pairsTogether } from "../read/weights.ts";
import { ggufName } from "./gguf_name.ts";
import { type MatrixPlace, matrixRoles } from "./matrix_roles.ts";
import { type MixName, typeInMix } from "./mix.ts";

/** Settings of {@linkcode writeLanguageModel}. */
export interface WriteOptions {
  /** A mix of types by llama.cpp's name, or one type: `"Q4_K_M"`, `"Q8_0"`, `"F16"`. Default `"F16"`. */
  mix?: MixName | undefined;
  /** Types of some matrices, by their name in {@linkcode decoder}, instead of the mix's. */
  types?: Readonly<Record<string, WritableGgmlType>> | undefined;
  /** By the same names how much each weight of a row counts, as {@linkcode importanceOf} measures it. */
  importance?: Readonly<Record<string, ArrayLike<number>>> | undefined;
}

/** Names of {@linkcode WriteOptions}. */
const WRITE_OPTIONS: OptionNames<WriteOptions> = { mix: true, types: true, importance: true };

/** Result of {@linkcode writeLanguageModel}. */
export interface Written {
  /** Element type of each tensor, by its name in {@linkcode decoder}. */
  types: Record<string, WritableGgmlType>;
  /** Bytes of all weights. */
  bytes: number;
  /** Bits that a weight takes, over all of them. */
  bitsPerWeight: number;
}

/** A number of llama.cpp's for what most of a file is; it shows it and goes by the tensors. */
const FILE_TYPES: Readonly<Partial<Record<MixName, number>>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q8_0: 7,
  Q5_0: 8,
  Q5_1: 9,
  Q2_K: 10,
  Q3_K_M: 12,
  Q3_K_L: 13,
  Q4_K_M: 15,
  Q5_K_M: 17,
  Q6_K: 18,
  IQ4_NL: 25,
  BF16: 32,
  TQ1_0: 36,
  TQ2_0: 37,
};

/**
 * Writes a decoder as a GGUF file that llama.cpp opens, tensor by tensor, its matrices in a mix of types,
 * norms and biases in float32. Vocabulary and chat template are those of the GGUF file, or of the
 * `tokenizer.json` in the folder, that it was read from; weights of other files are written without.
 *
 * @throws {TypeError} where a type, or an importance, is named for what the model has not, or GGUF files have
 * no words for its `tokenizer.json`
 * @throws {RangeError} where the name is that of another kind of file, a weight is not finite, or rows do not
 * divide into blocks of a type asked for
 */
export async function writeLanguageModel(
  path: string | URL,
  weights: DecoderWeights,
  options: WriteOptions = {},
): Promise<Written> {
  requireOptions("writeLanguageModel", options, WRITE_OPTIONS);
  const { written, file } = await languageModelFile(path, weights, options);
  await replaceFiles([file], "model");
  return written;
}

/** What {@linkcode writeLanguageModel} writes, still to be written, beside files that belong to it. */
export async function languageModelFile(
  path: string | URL,
  weights: DecoderWeights,
  options: WriteOptions,
): Promise<{ written: Written; file: FileParts }> {
  const { mix = "F16", types = {}, importance = {} } = options;
  requireGgufName(path);
  if (!weights?.tensors) {
    throw new TypeError(
      `Cannot write ${path}: expected the path and then weights, as readDecoder gives them, or weights of a model ` +
        "that openLanguageModel opened",
    );
  }
  const { tensors, family } = weights;
  if (Object.keys(weights.packed ?? {}).length > 0) {
    throw new TypeError(
      `Cannot write ${weights.name}: its weights were left in their codes; read it without packed`,
    );
  }
  const unknown = [...Object.keys(types), ...Object.keys(importance)].find((name) =>
    !Object.hasOwn(tensors, name)
  );
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot write ${weights.name} with settings for "${unknown}": it has no such tensor, but ` +
        `${Object.keys(tensors).slice(0, 3).join(", ")}, …`,
    );
  }
  const odd = Object.entries(types).find(([, type]) => !isWritable(type));
  if (odd) {
    throw new TypeError(
      `Cannot write ${odd[0]} as ${odd[1]}: expected one of ${WRITABLE_TYPES.join(", ")}`,
    );
  }
  const written = sizesOf(weights, { mix, types });
  const parts = Object.entries(tensors).map(([name, tensor]): GgufPart => {
    const type = written.types[name]!;
    const rotated = family === "llama" && /\.(q|k)_proj\./.test(name);
    return {
      name: ggufName(name),
      dims: tensor.dims,
      type,
      blocks: () => {
        const numbers = floats(rotated ? pairsTogether(tensor, headSizeOf(weights)) : tensor);
        return encodeBlocks(numbers, type, { row: tensor.dims.at(-1)!, importance: importance[name] });
      },
    };
  });
  const { ropeFactors } = weights.options;
  if (ropeFactors && linearFactorOf(ropeFactors) === undefined) {
    if (family === "qwen2") {
      throw new TypeError(
        `Cannot write ${weights.name}: GGUF files of Qwen2 have one factor for all pairs of a head, and its own ` +
          `differ (${ropeFactors[0]} to ${ropeFactors.at(-1)}); keep it as a folder of safetensors`,
      );
    }
    const factors = floats(float32(ropeFactors));
    parts.push({
      name: "rope_freqs.weight",
      dims: [factors.length],
      type: "F32",
      blocks: () => encodeBlocks(factors, "F32"),
    });
  }
  const words = weights.metadata ?? await weights.vocabulary?.();
  return { written, file: ggufFile(path, { metadata: metadataOf(weights, words, mix), tensors: parts }) };
}

function requireGgufName(path: string | URL): void {
  const other = /\.(onnx|safetensors|pth?|bin)$/i.exec(`${path}`)?.[1];
  if (!other) return;
  throw new RangeError(
    `Cannot write ${path}: what is written is GGUF; name a .gguf` +
      (/onnx/i.test(other) ? ", or write model.graph by saveModel or saveCompressed" : ""),
  );
}

/** What {@linkcode writeLanguageModel} would write: types and sizes, without writing. */
export function sizesOf(
  weights: DecoderWeights,
  options: Pick<WriteOptions, "mix" | "types"> = {},
): Written {
  requireOptions("sizesOf", options, { mix: true, types: true });
  const { mix = "F16", types = {} } = options;
  const written: Written = { types: {}, bytes: 0, bitsPerWeight: 0 };
  let count = 0;
  for (const [name, tensor] of Object.entries(weights.tensors)) {
    const type = types[name] ?? typeFor(name, tensor, weights, mix);
    const { weights: size, bytes } = GGML_TYPES[type];
    written.types[name] = type;
    written.bytes += tensor.size / size * bytes;
    count += tensor.size;
  }
  written.bitsPerWeight = 8 * written.bytes / count;
  return written;
}

/** The factor of all pairs, where they have one. */
const linearFactorOf = (factors: readonly number[]): number | undefined =>
  factors.every((factor) => factor === factors[0]) ? factors[0] : undefined;

const headSizeOf = ({ options: { hidden, heads, headSize } }: DecoderWeights): number =>
  headSize ?? hidden / heads;

/** Roles of the matrices of decoders of the same sizes, which sizes are asked for again and again. */
const rolesBySizes = new WeakMap<DecoderOptions, ReadonlyMap<string, MatrixPlace>>();

/** Roles as the decoder's graph has them; how many tokens there are does not matter for it. */
function rolesOf(options: DecoderOptions): ReadonlyMap<string, MatrixPlace> {
  const roles = rolesBySizes.get(options) ??
    matrixRoles(decoder({ ...options, vocabulary: 1, context: 1, weights: "zeros" }));
  rolesBySizes.set(options, roles);
  return roles;
}

function typeFor(name: string, tensor: Tensor, { options }: DecoderWeights, mix: MixName): WritableGgmlType {
  const place = rolesOf(options).get(name);
  if (place === undefined) return "F32";
  return typeInMix(mix, {
    ...place,
    row: tensor.dims.at(-1)!,
    layers: options.layers,
    groups: options.heads / (options.keyValueHeads ?? options.heads),
  });
}

function metadataOf(
  { family, options, name }: DecoderWeights,
  words: GgufMetadata | undefined,
  mix: MixName,
): GgufMetadata {
  const found = new Map<string, GgufValue>();
  const text = (key: string, value: string) => found.set(key, { type: "string", value });
  const whole = (key: string, value: number) => found.set(key, { type: "uint32", value });
  const real = (key: string, value: number) => found.set(key, { type: "float32", value });
  text("general.architecture", family);
  text("general.name", name.replace(/^.*[/\\]/, "").replace(/\.\w+$/, ""));
  const fileType = FILE_TYPES[mix];
  if (fileType !== undefined) whole("general.file_type", fileType);
  whole("general.quantization_version", 2);
  const { heads, keyValueHeads = heads, hidden, headSize = hidden / heads } = options;
  whole(`${family}.context_length`, options.context);
  whole(`${family}.embedding_length`, hidden);
  whole(`${family}.block_count`, options.layers);
  whole(`${family}.feed_forward_length`, options.neurons);
  whole(`${family}.attention.head_count`, heads);
  whole(`${family}.attention.head_count_kv`, keyValueHeads);
  whole(`${family}.attention.key_length`, headSize);
  whole(`${family}.attention.value_length`, headSize);
  whole(`${family}.rope.dimension_count`, headSize);
  real(`${family}.rope.freq_base`, options.ropeBase ?? 10_000);
  const factor = linearFactorOf(options.ropeFactors ?? []);
  if (factor !== undefined && factor !== 1) {
    text(`${family}.rope.scaling.type`, "linear");
    real(`${family}.rope.scaling.factor`, factor);
  }
  real(`${family}.attention.layer_norm_rms_epsilon`, options.epsilon ?? 1e-5);
  for (const [key, value] of words ?? []) {
    if (key.startsWith("tokenizer.") || key === `${family}.vocab_size`) found.set(key, value);
  }
  return found;
}
