import { Error, TypeError } from "../errors.ts";
import { count, fields, nullable, number, parseShape, text } from "../files/schema.ts";
import { emptyRecord } from "../own.ts";
import { type OptionNames, requireOptions, withDefaults } from "../options.ts";
import { loadCheckpoint } from "../formats/load_checkpoint.ts";
import { readSource } from "../formats/read_source.ts";
import { bert, type BertOptions, distilbert, type DistilbertOptions } from "../nn/bert.ts";
import { normal, zeros } from "../nn/init.ts";
import { loadWeights } from "../nn/load_weights.ts";
import { weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { numbersOf, Tensor } from "../tensor/tensor.ts";

/**
 * Settings of {@linkcode loadEncoder}; what is left out is as the checkpoint's. A `dropout` holds for
 * attention too.
 */
export interface LoadEncoderOptions extends Pick<BertOptions, "head" | "pooling" | "dropout"> {
  /** Classes; 1 for regression. Default: those of the checkpoint, or 2. */
  classes?: number | undefined;
  /** Seed of weights that the checkpoint has not. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode LoadEncoderOptions}. */
const LOAD_ENCODER_OPTIONS: OptionNames<LoadEncoderOptions> = {
  classes: true,
  seed: true,
  head: true,
  pooling: true,
  dropout: true,
};

/** A model with a checkpoint's weights, and what of the one was not in the other. */
export interface LoadedEncoder {
  /** The model. */
  model: Model;
  /** Weights of the head that the checkpoint has not: they are drawn anew, and are to be trained. */
  drawn: string[];
  /** Tensors of the checkpoint that the model has no use for. */
  dropped: string[];
}

/** Contents of a checkpoint's `config.json`. */
type Config = Readonly<Record<string, unknown>>;

/** The parts of the checkpoints: of the encoder itself, and what stands on it. */
const ENCODER = /^(embeddings|encoder|transformer|pooler)\./;
const HEAD = /^(classifier|pre_classifier|qa_outputs)\./;

/** Weights that may be drawn where there are none. */
const MAY_BE_DRAWN = /(^|\.)(pooler|classifier|pre_classifier|qa_outputs)\./;

const WEIGHT_FILES = ["model.safetensors", "pytorch_model.bin"];

/**
 * A BERT or DistilBERT from a folder as Hugging Face's `save_pretrained` writes it: `config.json`, and
 * `model.safetensors` or `pytorch_model.bin`. Weights are found by name, with `bert.` in front of them or
 * not, and with the older `gamma` and `beta` of norms; halves become float32.
 *
 * Weights of the head that the checkpoint has not are drawn, as well as the head's where another number of
 * classes is asked for; `drawn` names them.
 *
 * @throws {Error} where a file is missing; {TypeError} for another architecture, or where weights of the
 * encoder itself are missing or of another shape; {RangeError} where an option does not know its word
 */
export async function loadEncoder(
  folder: string,
  settings: LoadEncoderOptions = {},
): Promise<LoadedEncoder> {
  requireOptions("loadEncoder", settings, LOAD_ENCODER_OPTIONS);
  const { classes, seed = 0, ...options } = settings;
  const { bytes, name } = await readSource(`${folder}/config.json`);
  const { prefix, build, kinds: own } = architectureOf(new TextDecoder().decode(bytes), name);
  const kinds = classes ?? own;
  const model = build({ ...options, classes: kinds, weights: "zeros" });
  const tensors = await loadCheckpoint(await weightFile(folder));
  const wanted = new Map(weightsOf(model).map(({ name, tensor }) => [name, tensor]));

  const taken = emptyRecord<Tensor>();
  const dropped: string[] = [];
  for (const [key, tensor] of Object.entries(tensors)) {
    const bare = key.replace(new RegExp(`^(module\\.)?(${prefix}\\.)?`), "")
      .replace(/LayerNorm\.gamma$/, "LayerNorm.weight").replace(/LayerNorm\.beta$/, "LayerNorm.bias");
    const own = ENCODER.test(bare) && options.head !== "none" ? `${prefix}.${bare}` : bare;
    const place = wanted.get(own);
    const refitted = classes !== undefined && HEAD.test(own) && place?.dims[0] !== tensor.dims[0];
    if (
      place === undefined && !ENCODER.test(bare) || /pooler\.|position_ids$/.test(own) && !place || refitted
    ) {
      dropped.push(key);
    } else taken[own] = asFloat32(tensor);
  }
  const random = seededRandom(seed, "weights");
  const drawn = [...wanted.keys()].filter((own) => taken[own] === undefined && MAY_BE_DRAWN.test(own));
  for (const own of drawn) {
    const { dims } = wanted.get(own)!;
    taken[own] = dims.length > 1 ? normal(0.02)(dims, random.split(own)) : zeros(dims, random);
  }
  return { model: loadWeights(model, taken), drawn, dropped };
}

async function weightFile(folder: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  const file = WEIGHT_FILES.find((file) => names.includes(file));
  if (file !== undefined) return `${folder}/${file}`;
  throw new Error(
    `Cannot load an encoder from ${folder}: expected ${WEIGHT_FILES.join(" or ")}, found ${
      names.sort().join(", ")
    }; weights in several files are to be joined first`,
  );
}

function classesOf({ id2label, num_labels }: Config): number {
  if (typeof num_labels === "number") return num_labels;
  return typeof id2label === "object" && id2label !== null ? Object.keys(id2label).length : 2;
}

/** Names of the config's numbers and words in our options, by architecture. */
const SIZES = {
  bert: {
    vocabulary: "vocab_size",
    positions: "max_position_embeddings",
    layers: "num_hidden_layers",
    hidden: "hidden_size",
    heads: "num_attention_heads",
    neurons: "intermediate_size",
    types: "type_vocab_size",
    epsilon: "layer_norm_eps",
    dropout: "hidden_dropout_prob",
    attentionDropout: "attention_probs_dropout_prob",
  },
  distilbert: {
    vocabulary: "vocab_size",
    positions: "max_position_embeddings",
    layers: "n_layers",
    hidden: "dim",
    heads: "n_heads",
    neurons: "hidden_dim",
    dropout: "dropout",
    attentionDropout: "attention_dropout",
  },
} as const;

const ACTIVATIONS: Readonly<Record<string, NonNullable<DistilbertOptions["activation"]>>> = {
  gelu: "gelu",
  gelu_new: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  relu: "relu",
};

/** Numbers and words of a config that are read, as far as they are there. */
const CONFIG = fields({}, {
  ...Object.fromEntries(
    Object.values(SIZES).flatMap((names) => Object.values(names)).map((key) => [key, number]),
  ),
  model_type: text,
  hidden_act: text,
  activation: text,
  position_embedding_type: nullable(text),
  num_labels: count,
});

/**
 * The architecture that a `config.json` describes: what its tensors' names begin with, what builds it, and
 * how many classes it tells apart. `name` is what messages call the file.
 *
 * @throws {TypeError} for another architecture; {SyntaxError} where the text is none of these files
 */
export function architectureOf(
  json: string,
  name: string,
): { prefix: string; build: (options: BertOptions) => Model; kinds: number } {
  const config = parseShape<Config>(json, CONFIG, `read ${name}`);
  const type = config.model_type as keyof typeof SIZES;
  if (!Object.hasOwn(SIZES, type ?? "")) {
    throw new TypeError(
      `Cannot load the encoder of ${name}: its model_type is ${
        JSON.stringify(config.model_type)
      }, expected bert or ` +
        `distilbert; export others as ONNX and read them with loadModel`,
    );
  }
  const written = String(config.hidden_act ?? config.activation ?? "gelu");
  const activation = Object.hasOwn(ACTIVATIONS, written) ? ACTIVATIONS[written] : undefined;
  const kind = config.position_embedding_type ?? "absolute";
  if (activation === undefined || kind !== "absolute") {
    throw new TypeError(
      `Cannot load the encoder of ${name}: its activation is ${written} and its positions are ${kind}; expected one of ` +
        `${Object.keys(ACTIVATIONS).join(", ")}, and absolute positions`,
    );
  }
  const sizes = Object.fromEntries(
    Object.entries(SIZES[type]).flatMap(([own, theirs]) => {
      const value = config[theirs];
      return value === undefined ? [] : [[own, value]];
    }),
  ) as BertOptions;
  const builder = type === "bert" ? bert : distilbert;
  const build = (options: BertOptions) => {
    const attentionDropout = options.dropout ?? sizes.attentionDropout;
    return builder(withDefaults({ ...sizes, attentionDropout, activation }, options));
  };
  return { prefix: type, build, kinds: classesOf(config) };
}

/** Weights that were stored in halves, or in doubles, as the graph computes. */
function asFloat32(tensor: Tensor): Tensor {
  if (tensor.type !== "float16" && tensor.type !== "float64") return tensor;
  return new Tensor("float32", Float32Array.from(numbersOf(tensor)), tensor.dims);
}
