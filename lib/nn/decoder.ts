import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import { normal } from "./init.ts";
import { type Draw, parameter } from "./projection.ts";
import { rotaryTables } from "./rotary.ts";
import { declareWeights } from "./weights.ts";
import { requireParts } from "./layers.ts";

/** Settings of {@linkcode decoder}: what a Llama or Qwen2 model's own files say of it. */
export interface DecoderOptions {
  /** Rows of the table of tokens. */
  vocabulary: number;
  /** The most tokens of a text: rows of the tables of positions. */
  context: number;
  /** Transformer layers. */
  layers: number;
  /** Width of the residual stream. */
  hidden: number;
  /** Heads that ask. */
  heads: number;
  /** Heads of keys and values, which divide `heads`: each serves that many. Default: as many. */
  keyValueHeads?: number | undefined;
  /** Width of a head, an even number. Default `hidden / heads`. */
  headSize?: number | undefined;
  /** Neurons of the gated feed-forward blocks. */
  neurons: number;
  /** Added to the mean square in norms. Default 1e-5. */
  epsilon?: number | undefined;
  /** Base of the rotations' wave lengths. Default 10,000. */
  ropeBase?: number | undefined;
  /** Divisor of the frequency of each pair of a head, `headSize / 2` numbers. Default: 1. */
  ropeFactors?: readonly number[] | undefined;
  /** Whether queries, keys and values have biases, as in Qwen2. Default false. */
  biases?: boolean | undefined;
  /** Whether the table of tokens is also the output head. Default false. */
  tied?: boolean | undefined;
  /**
   * Initial weights: drawn, or zeros that a checkpoint replaces, which saves the drawing. Default `"random"`.
   */
  weights?: "random" | "zeros" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode DecoderOptions}. */
const DECODER_OPTIONS: OptionNames<DecoderOptions> = {
  vocabulary: true,
  context: true,
  layers: true,
  hidden: true,
  heads: true,
  keyValueHeads: true,
  headSize: true,
  neurons: true,
  epsilon: true,
  ropeBase: true,
  ropeFactors: true,
  biases: true,
  tied: true,
  weights: true,
  seed: true,
};

/**
 * A decoder of the Llama family (H. Touvron et al., "LLaMA", 2023; Qwen2 with `biases`) for whole texts:
 * `input_ids` int64 [batch, length] → `logits` [batch, length, vocabulary], each from the tokens up to its
 * own.
 *
 * RMS norms before the blocks, rotary positions, grouped heads of keys and values, SiLU-gated feed-forward
 * blocks. Parameters are named as in Hugging Face's checkpoints (`model.layers.{i}.self_attn.q_proj.weight`
 * …), and as there a head's rotated pairs lie half a head apart.
 *
 * @throws RangeError where sizes do not fit
 */
export function decoder(options: DecoderOptions): Model {
  requireOptions("decoder", options, DECODER_OPTIONS);
  return build(options, "whole");
}

/**
 * {@linkcode decoder} for generation, a step at a time: `input_ids` int64 [batch, length], the tokens that
 * are new, with the keys and values of those before them, `past.{i}.key` and `past.{i}.value` [batch,
 * keyValueHeads, past, headSize] → `logits` [batch, vocabulary] of the last token, and `present.{i}.key`,
 * `present.{i}.value` [batch, keyValueHeads, past + length, headSize]. {@linkcode decoderCarry} names what a
 * session carries from step to step; parameters are those of {@linkcode decoder}.
 *
 * @throws RangeError where sizes do not fit
 */
export function decoderStep(options: DecoderOptions): Model {
  requireOptions("decoderStep", options, DECODER_OPTIONS);
  return build(options, "step");
}

/**
 * {@linkcode decoderStep} for a cache that lies where the caller appends to it, so that nothing makes a new
 * one at each token: tokens come first, as in `past.{i}.key` [batch, past, keyValueHeads, headSize], and
 * `present.{i}.key` [batch, length, keyValueHeads, headSize] has the new ones alone.
 *
 * @throws RangeError where sizes do not fit
 */
export function decoderAppendingStep(options: DecoderOptions): Model {
  requireOptions("decoderAppendingStep", options, DECODER_OPTIONS);
  return build(options, "append");
}

/** What a session of {@linkcode decoderStep} carries: input → output. */
export function decoderCarry(layers: number): Record<string, string> {
  return Object.fromEntries(
    Array.from(
      { length: layers },
      (_, i) => ["key", "value"].map((part) => [`past.${i}.${part}`, `present.${i}.${part}`]),
    ).flat(),
  );
}

/** Tables that are computed, not learned. */
const ROTARY = { "rotary.cos": "constant", "rotary.sin": "constant" } as const;

/** Scores of what must not be seen: e to this is 0. */
const UNSEEN = -1e30;

function build(options: DecoderOptions, kind: "whole" | "step" | "append"): Model {
  const {
    vocabulary,
    context,
    layers,
    hidden,
    heads,
    keyValueHeads = heads,
    headSize = hidden / heads,
    neurons,
    epsilon = 1e-5,
    ropeBase = 10_000,
    ropeFactors,
    biases = false,
    tied = false,
    weights = "random",
    seed = 0,
  } = options;
  requireWords("build a decoder", { weights }, { weights: { random: true, zeros: true } });
  requireSizes({ vocabulary, context, layers, hidden, heads, keyValueHeads, headSize, neurons });
  requireNumbers("build a decoder", { epsilon }, { from: 0 });
  const projections = 2 * (heads + keyValueHeads) * headSize;
  requireParts("a decoder", "blocks", layers, hidden * (projections + 3 * neurons));
  requireParts("a decoder", "positions", context, headSize);
  const draw: Draw = { random: seededRandom(seed, "weights"), zero: weights === "zeros" };
  const g = new GraphBuilder("decoder");
  const ids = g.input("input_ids", "int64", ["batch", "length"]);
  const stored = (name: string, dims: number[]) => parameter(g, name, { dims, init: normal(0.02) }, draw);
  // Tokens of all texts in one row: [batch · length, features].
  const dense = (
    x: Value,
    name: string,
    { from, to, bias = false }: { from: number; to: number; bias?: boolean | undefined },
  ) =>
    g.gemm(x, stored(`${name}.weight`, [to, from]), bias ? stored(`${name}.bias`, [to]) : undefined, {
      transB: 1,
    });
  const norm = (x: Value, name: string) => {
    const gain = g.parameter(`${name}.weight`, float32(new Float32Array(hidden).fill(1)));
    const size = g.sqrt(g.add(g.reduceMean(g.pow(x, 2), [-1]), epsilon));
    return g.mul(g.div(x, size), gain);
  };

  const cache = kind === "whole" ? undefined : cacheInputs(g, { layers, keyValueHeads, headSize }, kind);
  const whole = (value: number) => g.constant(int64([value], []));
  const size = (x: Value, axis: number) =>
    g.squeeze(g.node("Shape", [x], { start: axis, end: axis + 1 })[0]!, [0]);
  const length = size(ids, 1);
  const first = cache ? size(...cache.tokens) : whole(0);
  const total = cache ? g.add(first, length) : length;
  const range = (from: Value, to: Value) => g.node("Range", [from, to, whole(1)])[0]!;
  const places = range(first, total); // of the new tokens
  const seen = g.lessOrEqual(g.unsqueeze(range(whole(0), total), [0]), g.unsqueeze(places, [1]));

  const rotate = rotation(g, places, { context, headSize, base: ropeBase, factors: ropeFactors });
  const shape = (...sizes: (Value | number)[]) =>
    g.concat(sizes.map((size) => typeof size === "number" ? g.ints([size]) : g.unsqueeze(size, [0])), 0);
  const batch = size(ids, 0);
  /** [batch · length, count · headSize] → [batch, count, length, headSize]. */
  const split = (x: Value, count: number) =>
    g.transpose(g.reshape(x, shape(batch, length, count, headSize)), [0, 2, 1, 3]);

  const table = stored("model.embed_tokens.weight", [vocabulary, hidden]);
  let x = g.reshape(g.gather(table, ids), [-1, hidden]);
  const groups = heads / keyValueHeads;
  for (let i = 0; i < layers; i++) {
    const name = (part: string) => `model.layers.${i}.${part}`;
    const h = norm(x, name("input_layernorm"));
    const project = (part: string, count: number) =>
      split(
        dense(h, name(`self_attn.${part}_proj`), { from: hidden, to: count * headSize, bias: biases }),
        count,
      );
    const query = rotate(project("q", heads));
    let [key, value] = [rotate(project("k", keyValueHeads)), project("v", keyValueHeads)];
    if (cache) [key, value] = [cache.with(`${i}.key`, key), cache.with(`${i}.value`, value)];
    // The heads that share keys, one below the other: [batch, keyValueHeads, groups · length, …].
    const asked = g.reshape(query, shape(batch, keyValueHeads, -1, headSize));
    const scores = g.mul(g.matMul(asked, g.transpose(key, [0, 1, 3, 2])), 1 / Math.sqrt(headSize));
    const apart = g.reshape(scores, shape(batch, keyValueHeads, groups, length, total));
    const attention = g.softmax(g.where(seen, apart, UNSEEN));
    const joint = g.reshape(attention, shape(batch, keyValueHeads, -1, total));
    const heard = g.reshape(g.matMul(joint, value), shape(batch, heads, length, headSize));
    const mixed = g.reshape(g.transpose(heard, [0, 2, 1, 3]), [-1, heads * headSize]);
    x = g.add(x, dense(mixed, name("self_attn.o_proj"), { from: heads * headSize, to: hidden }));
    const u = norm(x, name("post_attention_layernorm"));
    const gate = g.silu(dense(u, name("mlp.gate_proj"), { from: hidden, to: neurons }));
    const inner = g.mul(gate, dense(u, name("mlp.up_proj"), { from: hidden, to: neurons }));
    x = g.add(x, dense(inner, name("mlp.down_proj"), { from: neurons, to: hidden }));
  }
  if (cache) x = g.gather(g.reshape(x, shape(batch, length, hidden)), whole(-1), 1);
  x = norm(x, "model.norm");
  const head = tied ? table : stored("lm_head.weight", [vocabulary, hidden]);
  const logits = g.gemm(x, head, undefined, { transB: 1 });
  g.output(cache ? logits : g.reshape(logits, shape(batch, length, vocabulary)), "logits");
  return declareWeights(g.model(), ROTARY);
}

/** Turns pairs of features of [batch, heads, length, headSize] by angles that grow with their places. */
function rotation(
  g: GraphBuilder,
  places: Value,
  sizes: Parameters<typeof rotaryTables>[0],
): (x: Value) => Value {
  const { context, headSize } = sizes;
  const tables = rotaryTables(sizes);
  const half = (name: keyof typeof ROTARY, table: Float32Array) =>
    g.unsqueeze(g.gather(g.parameter(name, float32(table, [context, headSize / 2])), places), [0, 1]);
  const [cos, sin] = [half("rotary.cos", tables.cos), half("rotary.sin", tables.sin)]; // [1, 1, length, pairs]
  return (x) => {
    const [a, b] = g.split(x, [headSize / 2, headSize / 2], 3) as [Value, Value];
    return g.concat([g.sub(g.mul(a, cos), g.mul(b, sin)), g.add(g.mul(b, cos), g.mul(a, sin))], 3);
  };
}

/** What steps take of those before, and give to those after. */
function cacheInputs(
  g: GraphBuilder,
  { layers, keyValueHeads, headSize }: Record<"layers" | "keyValueHeads" | "headSize", number>,
  kind: "step" | "append",
) {
  const appends = kind === "append";
  const shape = ["batch", ...appends ? ["past", keyValueHeads] : [keyValueHeads, "past"], headSize];
  const names = Array.from({ length: layers }, (_, i) => [`${i}.key`, `${i}.value`]).flat();
  const past = new Map(names.map((name) => [name, g.input(`past.${name}`, "float32", shape)]));
  const turned = (x: Value) => appends ? g.transpose(x, [0, 2, 1, 3]) : x;
  return {
    /** A value with the tokens before, and their axis. */
    tokens: [past.get("0.key")!, appends ? 1 : 2] as const,
    /** What was before with what is new behind it: [batch, keyValueHeads, total, headSize]. */
    with(name: string, fresh: Value): Value {
      const all = g.concat([turned(past.get(name)!), fresh], 2);
      g.output(appends ? turned(fresh) : all, `present.${name}`);
      return all;
    },
  };
}

function requireSizes(
  sizes: Record<string, number> & { heads: number; keyValueHeads: number; headSize: number },
): void {
  requireNumbers("build a decoder", sizes, COUNT);
  const { heads, keyValueHeads, headSize } = sizes;
  if (heads % keyValueHeads !== 0 || headSize % 2 !== 0) {
    throw new RangeError(
      `Cannot build a decoder with ${heads} heads of ${headSize} on ${keyValueHeads} of keys and values: expected ` +
        "heads of an even size, shared by whole numbers of them",
    );
  }
}
