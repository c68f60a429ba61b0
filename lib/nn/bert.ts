import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { int64, Tensor } from "../tensor/tensor.ts";
import { BERT_NAMES, DISTILBERT_NAMES, type EncoderNames } from "./encoder_names.ts";
import { normal } from "./init.ts";
import { layerNorm, requireParts } from "./layers.ts";
import { type Draw, parameter, projection } from "./projection.ts";

/** Settings of {@linkcode distilbert}, and of {@linkcode bert} with some of its own. */
export interface DistilbertOptions {
  /** Rows of the table of tokens. Default 30,522, the uncased vocabulary. */
  vocabulary?: number | undefined;
  /** Rows of the table of positions: the longest sequence. Default 512. */
  positions?: number | undefined;
  /** Transformer layers. Default 12 of BERT, 6 of DistilBERT. */
  layers?: number | undefined;
  /** Width of the residual stream, a multiple of `heads`. Default 768. */
  hidden?: number | undefined;
  /** Heads of attention in each layer. Default 12. */
  heads?: number | undefined;
  /** Neurons of the feed-forward blocks. Default 4 times `hidden`. */
  neurons?: number | undefined;
  /** Function of the neurons: GELU by the error function, or by the tangent, or ReLU. Default `"gelu"`. */
  activation?: "gelu" | "gelu_tanh" | "relu" | undefined;
  /** Added to the variance in norms. Default 1e-12. */
  epsilon?: number | undefined;
  /** Part that dropouts drop, in training only; 0 leaves them out of the graph. Default 0.1. */
  dropout?: number | undefined;
  /** Part of attention's weights that is dropped, in training only. Default that of `dropout`. */
  attentionDropout?: number | undefined;
  /**
   * Head on the last layer: `"classes"` gives `logits` [batch, classes]; `"span"` gives `start_logits` and
   * `end_logits`, [batch, length] each; `"none"` gives `last_hidden_state` [batch, length, hidden]. Default
   * `"classes"`.
   */
  head?: "classes" | "span" | "none" | undefined;
  /**
   * Source of the classes: the first token, through a dense layer of its own, or the mean over all tokens
   * that are no padding. Default `"first"`.
   */
  pooling?: "first" | "mean" | undefined;
  /** Classes; 1 for regression. Default 2. */
  classes?: number | undefined;
  /**
   * Initial weights: drawn, or zeros that a checkpoint replaces, which saves the drawing. Default `"random"`.
   */
  weights?: "random" | "zeros" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode DistilbertOptions}. */
const DISTILBERT_OPTIONS: OptionNames<DistilbertOptions> = {
  vocabulary: true,
  positions: true,
  layers: true,
  hidden: true,
  heads: true,
  neurons: true,
  activation: true,
  epsilon: true,
  dropout: true,
  attentionDropout: true,
  head: true,
  pooling: true,
  classes: true,
  weights: true,
  seed: true,
};

/** Words that options of either family know. */
const WORDS = {
  activation: { gelu: true, gelu_tanh: true, relu: true },
  head: { classes: true, span: true, none: true },
  pooling: { first: true, mean: true },
  weights: { random: true, zeros: true },
};

/** Settings of {@linkcode bert}. The defaults are BERT-Base, uncased. */
export interface BertOptions extends DistilbertOptions {
  /** Kinds of segments; 0 for a model without the input `token_type_ids`. Default 2. */
  types?: number | undefined;
}

/** Names of {@linkcode BertOptions}. */
const BERT_OPTIONS: OptionNames<BertOptions> = { ...DISTILBERT_OPTIONS, types: true };

/**
 * BERT of J. Devlin, M. Chang, K. Lee, K. Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers
 * for Language Understanding", NAACL 2019, with norms behind the blocks: `input_ids`, `attention_mask` (1 for
 * tokens, 0 for padding) and `token_type_ids`, all int64 [batch, length] → what `head` says.
 *
 * Parameters are named as in Hugging Face's checkpoints: `bert.embeddings.word_embeddings.weight`,
 * `bert.encoder.layer.{i}.attention.self.query.weight` …, `bert.pooler.dense`, `classifier`, `qa_outputs`;
 * without a head, `bert.` is not there. Weights start normal with deviation 0.02, biases at 0.
 *
 * Padding is kept out of the attention by adding −10,000 to its scores: its weights underflow to 0 in
 * float32, so that what stands behind the text changes nothing.
 *
 * @throws RangeError where the heads do not divide `hidden`, a size is not a whole number from 1, a dropout
 * is not a part below 1, or an option does not know its word
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/count_macs.ts";
 *
 * const model = bert({ weights: "zeros" });
 * const { parameters } = countMacs(model, {
 *   inputShapes: { input_ids: [1, 128], attention_mask: [1, 128], token_type_ids: [1, 128] },
 * });
 * assert.equal(parameters, 109_482_240 + 2 * 768 + 2);
 * ```
 */
export function bert(settings: BertOptions = {}): Model {
  requireOptions("bert", settings, BERT_OPTIONS);
  const { types = 2, layers = 12, ...options } = settings;
  return encoder("bert", BERT_NAMES, { ...options, types, layers });
}

/**
 * DistilBERT of V. Sanh, L. Debut, J. Chaumond, T. Wolf, "DistilBERT, a distilled version of BERT", 2019:
 * half of BERT's layers, no segments, and a dense layer with ReLU in place of BERT's pooler. `input_ids` and
 * `attention_mask`, int64 [batch, length] → what `head` says.
 *
 * Parameters are named as in Hugging Face's checkpoints: `distilbert.embeddings.word_embeddings.weight`,
 * `distilbert.transformer.layer.{i}.attention.q_lin.weight` …, `pre_classifier`, `classifier`, `qa_outputs`;
 * without a head, `distilbert.` is not there.
 *
 * @throws RangeError where the heads do not divide `hidden`, a size is not a whole number from 1, a dropout
 * is not a part below 1, or an option does not know its word
 */
export function distilbert(settings: DistilbertOptions = {}): Model {
  requireOptions("distilbert", settings, DISTILBERT_OPTIONS);
  const { layers = 6, ...options } = settings;
  return encoder("distilbert", DISTILBERT_NAMES, { ...options, types: 0, layers });
}

/** How deep in the softmax padding lies. */
const PADDING = -10_000;

function encoder(
  family: "bert" | "distilbert",
  names: EncoderNames,
  {
    vocabulary = 30_522,
    positions = 512,
    layers,
    hidden = 768,
    heads = 12,
    neurons = 4 * hidden,
    activation = "gelu",
    epsilon = 1e-12,
    dropout = 0.1,
    attentionDropout = dropout,
    head = "classes",
    pooling = "first",
    classes = 2,
    types,
    weights = "random",
    seed = 0,
  }: BertOptions & { layers: number; types: number },
): Model {
  requireWords(`build ${family}`, { activation, head, pooling, weights }, WORDS);
  requireSizes(family, { vocabulary, positions, layers, hidden, heads, neurons, classes });
  requireNumbers(`build ${family}`, { types }, { whole: true, from: 0 });
  requireNumbers(`build ${family}`, { epsilon }, { from: 0 });
  requireNumbers(`build ${family}`, { dropout, attentionDropout }, { from: 0, below: 1 });
  requireParts(family, "blocks", layers, hidden * (4 * hidden + 2 * neurons));
  const draw: Draw = { random: seededRandom(seed, "weights"), zero: weights === "zeros" };
  const g = new GraphBuilder(family);
  const tokens = ["batch", "length"];
  const ids = g.input("input_ids", "int64", tokens);
  const mask = g.cast(g.input("attention_mask", "int64", tokens), "float32"); // [batch, length]
  const segments = types > 0 ? g.input("token_type_ids", "int64", tokens) : undefined;

  const own = (name: string) => head === "none" ? name : `${names.prefix}.${name}`;
  const dense = (x: Value, name: string, from: number, to: number) =>
    projection(g, x, { name, from, to, init: normal(0.02) }, draw);
  const norm = (x: Value, name: string) => layerNorm(g, x, { name, features: hidden, epsilon });
  const drop = (x: Value, part = dropout) =>
    part === 0 ? x : g.dropout(x, part, g.constant(new Tensor("bool", [false], [])));
  const activate = { gelu: g.gelu, gelu_tanh: (x: Value) => g.gelu(x, "tanh"), relu: g.relu }[activation];

  const table = (name: string, rows: number) =>
    parameter(g, own(`embeddings.${name}.weight`), { dims: [rows, hidden], init: normal(0.02) }, draw);
  const whole = (value: number) => g.constant(int64([value], []));
  const length = g.squeeze(g.node("Shape", [ids], { start: 1, end: 2 })[0]!, [0]);
  const places = g.node("Range", [whole(0), length, whole(1)])[0]!;
  let x = g.gather(table("word_embeddings", vocabulary), ids); // [batch, length, hidden]
  x = g.add(x, g.gather(table("position_embeddings", positions), places));
  if (segments !== undefined) x = g.add(x, g.gather(table("token_type_embeddings", types), segments));
  x = drop(norm(x, own("embeddings.LayerNorm")));

  const padding = g.unsqueeze(g.mul(g.sub(1, mask), PADDING), [1, 2]); // [batch, 1, 1, length]
  const size = hidden / heads;
  for (let i = 0; i < layers; i++) {
    const name = (part: keyof EncoderNames) => own(`${names.layer}.${i}.${names[part]}`);
    const split = (part: "query" | "key" | "value") =>
      g.transpose(g.reshape(dense(x, name(part), hidden, hidden), [0, 0, heads, size]), [0, 2, 1, 3]);
    const [query, key, value] = [split("query"), split("key"), split("value")]; // [batch, heads, length, size]
    const scores = g.mul(g.matMul(query, g.transpose(key, [0, 1, 3, 2])), 1 / Math.sqrt(size));
    const attention = drop(g.softmax(g.add(scores, padding)), attentionDropout); // [batch, heads, length, length]
    const context = g.transpose(g.matMul(attention, value), [0, 2, 1, 3]);
    const mixed = dense(g.reshape(context, [0, 0, hidden]), name("attentionOutput"), hidden, hidden);
    x = norm(g.add(drop(mixed), x), name("attentionNorm"));
    const inner = activate(dense(x, name("feedForward"), hidden, neurons)); // [batch, length, neurons]
    x = norm(
      g.add(drop(dense(inner, name("feedForwardOutput"), neurons, hidden)), x),
      name("feedForwardNorm"),
    );
  }

  if (head === "none") g.output(x, "last_hidden_state");
  if (head === "span") {
    const both = g.split(dense(x, "qa_outputs", hidden, 2), [1, 1], 2); // [batch, length, 1] each
    ["start_logits", "end_logits"].forEach((name, i) => g.output(g.squeeze(both[i]!, [2]), name));
  }
  if (head === "classes") {
    const widen = (x: Value, name: string) => dense(x, name, hidden, hidden);
    const pooled = pooling === "mean" ? meanOfTokens(g, x, mask) : firstToken(g, x, family, widen);
    g.output(dense(drop(pooled), "classifier", hidden, classes), "logits");
  }
  return g.model();
}

/** [batch, length, hidden] → [batch, hidden]: the first token through the layer that its family has. */
function firstToken(
  g: GraphBuilder,
  x: Value,
  family: "bert" | "distilbert",
  dense: (x: Value, name: string) => Value,
): Value {
  const first = g.gather(x, g.constant(int64([0], [])), 1); // [batch, hidden]
  return family === "bert"
    ? g.tanh(dense(first, "bert.pooler.dense"))
    : g.relu(dense(first, "pre_classifier"));
}

/** [batch, length, hidden] and the mask [batch, length] → [batch, hidden]: the mean where the mask is 1. */
function meanOfTokens(g: GraphBuilder, x: Value, mask: Value): Value {
  const sum = g.reduceSum(g.mul(x, g.unsqueeze(mask, [2])), [1], { keepdims: false });
  // A text has a token; a row of padding alone gives zeros.
  return g.div(sum, g.max(g.reduceSum(mask, [1]), 1));
}

function requireSizes(
  family: string,
  sizes: Record<string, number> & { hidden: number; heads: number },
): void {
  requireNumbers(`build ${family}`, sizes, COUNT);
  const { hidden, heads } = sizes;
  if (hidden % heads !== 0) {
    throw new RangeError(
      `Cannot build ${family} with ${hidden} hidden dimensions in ${heads} heads: expected heads that divide them`,
    );
  }
}
