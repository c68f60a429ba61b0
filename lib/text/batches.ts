import { COUNT, isWithin, requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import { digestOf } from "../files/digest.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { storage } from "../tensor/element_types.ts";
import { float32, int64, type Tensor, tensorOf, type TensorType } from "../tensor/tensor.ts";
import type { Batch, BatchSource } from "../train/batches.ts";
import { type EncoderInputs, encoderInputs } from "./encoder_inputs.ts";
import type { TextExample } from "./text_set.ts";
import type { EncodedText, TextTokenizer } from "./tokenizer.ts";

/** Tokens that texts are cut to where nobody says otherwise, as is usual for GLUE. */
const LENGTH = 128;

/**
 * Texts as a model is fed them; those that were cut say so (`cut`).
 *
 * @param maxLength tokens that longer texts are cut to, special ones included. Default 128, or fewer where
 * the model has fewer positions
 * @throws {TypeError} where the vocabulary has more tokens than the model's table has rows, or a text is no
 * `{ text }` or `{ text, pair }`
 * @throws {RangeError} where `maxLength` is more than the model has positions for
 */
export function encodeTexts(
  model: Model,
  tokenizer: TextTokenizer,
  examples: readonly Pick<TextExample, "text" | "pair">[],
  maxLength?: number,
): EncodedText[] {
  const inputs = encoderInputs(model);
  requireVocabulary(inputs, tokenizer);
  requireStrings(examples);
  const { positions = Infinity } = inputs;
  if (maxLength !== undefined && maxLength > positions) {
    throw new RangeError(
      `Cannot encode texts in ${maxLength} tokens: the model has ${positions} positions; set maxLength to that or less`,
    );
  }
  const length = maxLength ?? Math.min(LENGTH, positions);
  return examples.map(({ text, pair }) => tokenizer.encode(text, pair, length));
}

/** Throws TypeError where something is no text or pair of texts. */
function requireStrings(examples: readonly Pick<TextExample, "text" | "pair">[]): void {
  const expected = "expected { text } or { text, pair }, of strings";
  if (!Array.isArray(examples)) {
    throw new TypeError(`Cannot encode texts: ${expected}, in a list; found ${brief(examples)}`);
  }
  const wrong = examples.findIndex((example) =>
    typeof example?.text !== "string" || !["string", "undefined"].includes(typeof example.pair)
  );
  if (wrong >= 0) {
    throw new TypeError(`Cannot encode text ${wrong}: ${expected}; found ${brief(examples[wrong])}`);
  }
}

/** A value as it is told in an error, with its beginning only. */
export function brief(value: unknown): string {
  const all = JSON.stringify(value) ?? String(value);
  return all.length > 60 ? `${all.slice(0, 60)}…` : all;
}

/** Throws TypeError for what is no tokenizer, or has more tokens than the model's table has rows. */
export function requireVocabulary(
  { vocabulary = Infinity }: Pick<EncoderInputs, "vocabulary">,
  tokenizer: TextTokenizer,
): void {
  if (typeof (tokenizer as Partial<TextTokenizer> | undefined)?.encode !== "function") {
    throw new TypeError(
      `Cannot encode texts with ${
        givenInWords(tokenizer)
      }: expected a tokenizer, as await loadTokenizer(…) gives it`,
    );
  }
  if (tokenizer.vocabulary <= vocabulary) return;
  throw new TypeError(
    `Cannot use ${tokenizer.name} with this model: it has ${tokenizer.vocabulary} tokens, the model's table ` +
      `${vocabulary} rows; take the tokenizer that the model was trained with`,
  );
}

/** Texts and what is to be said of them, as numbers. */
export interface EncodedTexts {
  /** The texts. */
  texts: readonly EncodedText[];
  /** Labels for the loss's target: classes, or scores. Without them there is nothing to train on. */
  labels?: readonly (number | undefined)[] | undefined;
  /** Number of classes; 0 where labels are scores. */
  classes?: number | undefined;
  /** First and last token of the answer in each text, in place of a label. */
  spans?: readonly (readonly [first: number, last: number])[] | undefined;
}

/** How {@linkcode textBatches} makes batches. */
export interface TextBatchOptions {
  /** Texts of a batch. Default 32, or as many as the model takes, where it takes no other number. */
  batchSize?: number | undefined;
  /** Shuffles each epoch anew; without it the shortest come first. */
  shuffleSeed?: number | undefined;
  /** The number that fills shorter texts up. Default 0. */
  padding?: number | undefined;
  /**
   * Tokens to which all batches are filled up. Default: the longest text of each, or as many as the model
   * takes, where it takes no other number.
   */
  padTo?: number | undefined;
}

/** Names of {@linkcode TextBatchOptions}. */
export const TEXT_BATCH_OPTIONS: OptionNames<TextBatchOptions> = {
  batchSize: true,
  shuffleSeed: true,
  padding: true,
  padTo: true,
};

/** Batches of texts of like lengths. */
export interface TextBatches extends BatchSource {
  /** Number of the texts that were cut, because they have more tokens than `maxLength` lets through. */
  cut: number;
  /** Which texts a batch is made of, by their place in the list. */
  rows(epoch: number, step: number): Uint32Array;
}

/** Batches among which texts are sorted by length when they are shuffled. */
const WINDOW = 50;

/**
 * Batches of texts of like lengths, filled up to the longest of each: `input_ids`, `attention_mask` and
 * `token_type_ids`, as far as the model has them, [batch, length] of the types that it declares, int64 where
 * it declares none; targets `labels` int64 [batch] of classes, `expected` float32 [batch, 1] of scores, or
 * `starts` and `ends` int64 [batch] of spans.
 *
 * Shuffled, texts are drawn in any order, fifty batches at a time are sorted by length and cut, and the
 * batches come in any order again.
 *
 * @throws {RangeError} a text that is longer than the model has positions, a token that is not in its table,
 * a label that is none of the classes, a span that is none of its text's; texts, or a size or length of
 * batches, that a model of fixed sizes does not take
 */
export function textBatches(
  model: Model,
  { texts, labels, classes = 0, spans }: EncodedTexts,
  options: TextBatchOptions = {},
): TextBatches {
  requireOptions("textBatches", options, TEXT_BATCH_OPTIONS);
  const names = encoderInputs(model);
  const { batchSize = names.texts ?? 32, shuffleSeed, padding = 0, padTo = names.length } = options;
  requireBatchSize(batchSize, texts.length, names);
  requireTexts(texts, names);
  if (labels) requireLabels(labels, texts.length, classes);
  if (spans) requireSpans(spans, texts);
  const longest = texts.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  if (padTo !== undefined) requireLength(padTo, longest, names);
  const order = orderOf(texts.map(({ ids }) => ids.length), batchSize, shuffleSeed);
  const stepsPerEpoch = Math.ceil(texts.length / batchSize);
  const rows = (epoch: number, step: number) => {
    const chosen = order(epoch)[step];
    if (chosen) return chosen;
    throw new RangeError(
      `Cannot give the batch of step ${step} of ${stepsPerEpoch}: expected an epoch, and a step from 0 to ` +
        `${stepsPerEpoch - 1}; batch(0, 0) is the first`,
    );
  };
  const batch = (epoch: number, step: number): Batch => batchOf(rows(epoch, step));
  const largest = (): Batch => {
    const first = texts.findIndex(({ ids }) => ids.length === longest);
    return batchOf(Uint32Array.from({ length: Math.min(batchSize, texts.length) }, (_, i) => i || first));
  };
  const batchOf = (chosen: Uint32Array): Batch => {
    const all = Array.from(chosen, (row) => texts[row]!);
    const length = padTo ?? all.reduce((most, { ids }) => Math.max(most, ids.length), 0);
    const inputs: Tensors = {};
    const feed = (name: string | undefined, values: (text: EncodedText) => readonly number[], fill = 0) => {
      if (name) inputs[name] = padded(all.map(values), { length, fill, type: typeOf(model, name) });
    };
    feed(names.ids, ({ ids }) => ids, padding);
    feed(names.mask, ({ ids }) => ids.map(() => 1));
    feed(names.types, ({ types }) => types);
    const targets = targetsOf(chosen, { labels, classes, spans });
    return { inputs, targets };
  };
  const cut = texts.filter(({ cut = 0 }) => cut > 0).length;
  const digest = () =>
    digestOf([
      JSON.stringify([texts, labels && [...labels], spans, classes, batchSize, shuffleSeed, padding, padTo]),
    ]);
  return { stepsPerEpoch, batch, largest, rows, cut, digest };
}

/** Targets of the chosen texts, for the loss. */
function targetsOf(chosen: Uint32Array, { labels, classes, spans }: Omit<EncodedTexts, "texts">): Tensors {
  const rows = Array.from(chosen);
  if (spans) {
    const end = (which: 0 | 1) => int64(rows.map((row) => spans[row]![which]));
    return { starts: end(0), ends: end(1) };
  }
  if (!labels) return {};
  const own = rows.map((row) => labels[row]!);
  return classes ? { labels: int64(own) } : { expected: float32(own, [own.length, 1]) };
}

/** The type of numbers that an input takes, int64 where it declares none. */
function typeOf({ graph }: Model, name: string): TensorType {
  const { type = "int64" } = graph.values.get(name) ?? {};
  if (type !== "string" && storage[type].array) return type as TensorType;
  throw new TypeError(
    `Cannot feed tokens to "${name}" of type ${type}: expected a type of numbers, such as int64 or int32; export the ` +
      `model with such an input`,
  );
}

function padded(
  rows: readonly (readonly number[])[],
  { length, fill, type }: { length: number; fill: number; type: TensorType },
): Tensor {
  const numbers = new Float64Array(rows.length * length).fill(fill);
  rows.forEach((row, i) => numbers.set(row, i * length));
  const array = storage[type].array as unknown as { from(numbers: ArrayLike<unknown>): ArrayLike<unknown> };
  const whole = type === "int64" || type === "uint64";
  return tensorOf(type, array.from(whole ? Array.from(numbers, BigInt) : numbers), [rows.length, length]);
}

/** For each epoch the rows of its batches; the last one that was asked for is kept. */
function orderOf(
  lengths: readonly number[],
  batchSize: number,
  shuffleSeed: number | undefined,
): (epoch: number) => Uint32Array[] {
  let known: { epoch: number; batches: Uint32Array[] } | undefined;
  const sorted = (rows: Uint32Array) => rows.sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const cut = (rows: Uint32Array, size: number) =>
    Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
  return (epoch) => {
    if (shuffleSeed === undefined) {
      return (known ??= {
        epoch: 0,
        batches: cut(sorted(Uint32Array.from(lengths, (_, i) => i)), batchSize),
      }).batches;
    }
    if (known?.epoch !== epoch) {
      const random = seededRandom(shuffleSeed, "shuffle", epoch);
      const rows = Uint32Array.from(random.permutation(lengths.length));
      const batches = cut(rows, WINDOW * batchSize).flatMap((window) => cut(sorted(window), batchSize));
      known = { epoch, batches: Array.from(random.permutation(batches.length), (i) => batches[i]!) };
    }
    return known.batches;
  };
}

function requireBatchSize(batchSize: number, count: number, { texts }: Pick<EncoderInputs, "texts">): void {
  requireNumbers("make batches of texts", { batchSize }, COUNT);
  if (count === 0) {
    throw new RangeError(
      "Cannot make batches of no texts: expected one at least; look at what was read, and what was left of it",
    );
  }
  if (texts === undefined) return;
  if (batchSize !== texts) {
    throw new RangeError(
      `Cannot make batches of ${batchSize} texts: the model takes ${texts} at a time, no more and no fewer; leave ` +
        `batchSize out, or export the model for batches of any size`,
    );
  }
  if (count % texts !== 0) {
    throw new RangeError(
      `Cannot make batches of ${count} texts: the model takes ${texts} at a time, and ${
        count % texts
      } would be left ` +
        `over; give a multiple of ${texts}, or export the model for batches of any size`,
    );
  }
}

function requireLength(
  padTo: number,
  longest: number,
  { positions = Infinity, length }: Pick<EncoderInputs, "positions" | "length">,
): void {
  if (length !== undefined && padTo !== length) {
    throw new RangeError(
      `Cannot fill texts up to ${padTo} tokens: the model takes texts of ${length}, no more and no fewer; leave padTo ` +
        `out, or export the model for texts of any length`,
    );
  }
  if (Number.isInteger(padTo) && padTo >= longest && padTo <= positions) return;
  throw new RangeError(
    `Cannot fill texts up to ${padTo} tokens: the longest has ${longest}` +
      `${
        positions === Infinity ? "" : `, and the model ${positions} positions`
      }; encode texts with a maxLength of ` +
      `no more than padTo`,
  );
}

function requireTexts(
  texts: readonly EncodedText[],
  { vocabulary = Infinity, positions = Infinity }: { vocabulary?: number; positions?: number },
): void {
  texts.forEach(({ ids }, i) => {
    if (ids.length === 0 || ids.length > positions) {
      throw new RangeError(
        `Cannot feed text ${i} of ${ids.length} tokens: the model has ${positions} positions; expected one token at ` +
          `least, and no more than that: encode texts with maxLength`,
      );
    }
    const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary));
    if (wrong !== undefined) {
      throw new RangeError(
        `Cannot feed token ${wrong} of text ${i}: the model's table has ${vocabulary} rows, so tokens are 0 to ` +
          `${vocabulary - 1}; encode texts with the model's own tokenizer`,
      );
    }
  });
}

function requireLabels(labels: readonly (number | undefined)[], count: number, classes: number): void {
  if (labels.length !== count) {
    throw new RangeError(
      `Cannot make batches of ${count} texts and ${labels.length} labels: expected as many`,
    );
  }
  const wrong = labels.findIndex((label) =>
    classes > 0 ? !(Number.isInteger(label) && label! >= 0 && label! < classes) : !Number.isFinite(label)
  );
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot make batches: text ${wrong} has the label ${labels[wrong]}, expected ${
        classes > 0 ? `a class from 0 to ${classes - 1}` : "a number"
      }`,
    );
  }
}

function requireSpans(spans: readonly (readonly [number, number])[], texts: readonly EncodedText[]): void {
  if (spans.length !== texts.length) {
    throw new RangeError(
      `Cannot make batches of ${texts.length} texts and ${spans.length} spans: expected as many`,
    );
  }
  spans.forEach((span, i) => {
    const [first, last] = span;
    const { length } = texts[i]!.ids;
    if (
      isWithin(first, { whole: true, from: 0, to: last }) && isWithin(last, { whole: true, below: length })
    ) return;
    throw new RangeError(
      `Cannot make batches: text ${i} has the span ${
        brief(span)
      }, expected its first and its last token, of 0 to ` +
        `${length - 1}`,
    );
  });
}
