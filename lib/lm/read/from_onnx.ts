import { withoutUndefined } from "../../options.ts";
import { readText } from "../../files/read_file.ts";
import { TypeError } from "../../errors.ts";
import { fields, parseShape } from "../../files/schema.ts";
import { tensorsDigest } from "../../files/digest.ts";
import { ifFound } from "../../files/not_found.ts";
import { loadModel } from "../../io/load_model.ts";
import type { Model, ValueInfo } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import { int64, isTensor, type Tensor } from "../../tensor/tensor.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import { sessionOf } from "../fed_weights.ts";
import { type CacheSlot, contextOf, type DecoderGraphs, type DecoderSizes } from "../graphs.ts";

/** What a text's new tokens are fed to a graph as, beside the tokens: by the name of the input. */
const FEEDS: Readonly<Record<string, (length: number, before: number) => Tensor>> = {
  attention_mask: (length, before) => ones(before + length),
  position_ids: (length, before) => places(length, before, [1, length]),
  cache_position: (length, before) => places(length, before, [length]),
  num_logits_to_keep: () => int64([0], []), // 0 is all
};

const ones = (length: number): Tensor => int64(new Array<number>(length).fill(1), [1, length]);
const places = (length: number, before: number, dims: number[]): Tensor =>
  int64(Array.from({ length }, (_, i) => before + i), dims);

/**
 * A decoder that came as ONNX, kept as it is, whatever operators it has: `input_ids` and where it has a cache
 * `past_key_values.{i}.key` … → `logits` and `present.{i}.key` …, as Hugging Face's Optimum and the builder
 * of
 * ONNX Runtime GenAI name them. Sizes that the graph leaves open are read of `genai_config.json` or
 * `config.json` beside it.
 *
 * @throws {TypeError} where the graph takes or gives something else, or a size is nowhere
 */
export async function graphsOfOnnx(path: string, context?: number): Promise<DecoderGraphs> {
  const model = await loadModel(path);
  const { graph } = model;
  const inputs = fedInputs(graph);
  const cut = path.replace(/[^/\\]*$/, "") || "./";
  const said = await saidBeside([cut, `${cut}../`]);
  const refuse = (what: string): TypeError =>
    new TypeError(`Cannot open ${path} as a language model: ${what}`);
  if (!inputs.includes("input_ids") || !graph.outputs.includes("logits")) {
    throw refuse(
      `expected input_ids → logits, found ${inputs.slice(0, 4).join(", ")} → ${
        graph.outputs.slice(0, 4).join(", ")
      }`,
    );
  }
  const cache = cacheOf(model, said, refuse);
  const pasts = new Set(cache.map(({ past }) => past));
  const odd = inputs.find((name) => name !== "input_ids" && !pasts.has(name) && !Object.hasOwn(FEEDS, name));
  if (odd !== undefined) {
    throw refuse(
      `its input ${odd} is none of input_ids, ${
        Object.keys(FEEDS).join(", ")
      }, or past_key_values.…; export a ` +
        "decoder of texts alone",
    );
  }
  const vocabulary = graph.values.get("logits")?.shape?.at(-1) ?? said.vocabulary;
  if (typeof vocabulary !== "number") {
    throw refuse(
      "neither the shape of logits nor vocab_size of a config.json beside it says how many tokens",
    );
  }
  const extra = inputs.filter((name) => Object.hasOwn(FEEDS, name));
  const limit = said.context ?? Infinity;
  const sizes: DecoderSizes = withoutUndefined({
    vocabulary,
    context: contextOf(path, limit, context),
    layers: cache.length / 2,
    hidden: said.hidden,
  });
  return {
    name: path,
    sizes,
    limit,
    whole: () => model,
    open: (runtime) => sessionOf(runtime, model, { dynamicShapes: true }),
    isOne: true,
    cache,
    feeds: (length, before) => Object.fromEntries(extra.map((name) => [name, FEEDS[name]!(length, before)])),
    digest: () => digestOf(model),
    weights: () => {
      throw new TypeError(
        `Cannot take the weights of ${path}: it came as ONNX and is kept as it is; read model.graph, or open its ` +
          "GGUF file or folder of safetensors",
      );
    },
  };
}

/** The inputs with what was before, and the outputs that come in their place. */
function cacheOf(model: Model, { headSize, heads }: Said, refuse: (what: string) => TypeError): CacheSlot[] {
  const { graph } = model;
  const presents = new Map(graph.outputs.map((name) => [keyOf(name), name]));
  return fedInputs(graph).filter((name) => /past/.test(name)).map((past): CacheSlot => {
    const present = presents.get(keyOf(past));
    const { type, shape }: ValueInfo = graph.values.get(past) ?? {};
    if (keyOf(past) === undefined || present === undefined) {
      throw refuse(`expected an output present.… for its input ${past}, found none`);
    }
    if ((type !== "float32" && type !== "float16") || shape?.length !== 4) {
      throw refuse(`expected ${past} as float32 or float16 with 4 axes, found ${type} [${shape}]`);
    }
    const [count, size] = [known(shape[1], heads), known(shape[3], headSize)];
    if (count === undefined || size === undefined) {
      throw refuse(
        `the shape [${shape}] of ${past} leaves heads and their width open; put its config.json or ` +
          "genai_config.json beside it",
      );
    }
    return { past, present, gives: "all", type, dims: [1, count, 0, size] };
  });
}

const known = (dim: unknown, said: number | undefined): number | undefined =>
  typeof dim === "number" ? dim : said;

/** Layer and part of a cache's tensor: `3 key`. */
function keyOf(name: string): string | undefined {
  const layer = /\d+/.exec(name)?.[0];
  const part = /key|value/.exec(name.replace("key_values", ""))?.[0];
  return layer === undefined || part === undefined ? undefined : `${layer} ${part}`;
}

/** Sizes as files beside a model say them. */
interface Said {
  vocabulary?: number | undefined;
  context?: number | undefined;
  heads?: number | undefined;
  headSize?: number | undefined;
  hidden?: number | undefined;
}

/** Sizes in `genai_config.json`, or else `config.json`, in the first of folders that has one. */
async function saidBeside(folders: readonly string[]): Promise<Said> {
  for (const folder of folders) {
    const genai = (await jsonAt(`${folder}genai_config.json`))?.model as Json | undefined;
    const decoder = genai?.decoder as Json | undefined;
    if (genai && decoder) return saidIn({ ...genai, ...decoder, head_dim: decoder.head_size });
    const config = await jsonAt(`${folder}config.json`);
    if (config) return saidIn(config);
  }
  return {};
}

type Json = Record<string, unknown>;

function saidIn(config: Json): Said {
  const number = (...keys: string[]) =>
    keys.map((key) => config[key]).find((value) => typeof value === "number" && value > 0) as
      | number
      | undefined;
  const [hidden, heads] = [number("hidden_size"), number("num_attention_heads")];
  return {
    vocabulary: number("vocab_size"),
    context: number("context_length", "max_position_embeddings"),
    heads: number("num_key_value_heads") ?? heads,
    headSize: number("head_dim") ??
      (hidden !== undefined && heads !== undefined ? hidden / heads : undefined),
    hidden,
  };
}

const jsonAt = async (path: string): Promise<Json | undefined> => {
  const found = await ifFound(readText(path));
  if (found !== undefined) {
    return parseShape<Json>(found, fields({}), `read ${path} (download it again where it is damaged)`);
  }
};

/** A name for a graph and its tensors. */
function digestOf(model: Model): string {
  const bare = model.withGraph({ ...model.graph, initializers: new Map() });
  const tensors = [...model.graph.initializers].flatMap(([name, tensor]) =>
    isTensor(tensor) && tensor.type !== "string" ? [[name, bytesOf(tensor)] as const] : []
  );
  return tensorsDigest("onnx", [["graph", bare.toOnnx()], ...tensors]);
}
