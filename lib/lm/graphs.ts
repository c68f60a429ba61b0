import { RangeError } from "../errors.ts";
import { withoutUndefined } from "../options.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { tensorsDigest } from "../files/digest.ts";
import type { DecoderOptions } from "../nn/decoder.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import type { DataType } from "../tensor/tensor.ts";
import { arrayOf } from "../tensor/arrays.ts";
import { sessionOf } from "./fed_weights.ts";
import { storedSession } from "./stored_session.ts";
import { stepGraph, wholeGraph } from "./read/load_decoder.ts";
import type { DecoderWeights } from "./read/weights.ts";

/** What of a decoder's sizes is known in any case; files of ONNX do not say all. */
export type DecoderSizes =
  & Pick<DecoderOptions, "vocabulary" | "context" | "layers">
  & Partial<DecoderOptions>;

/** A tensor that a step gives, for the next one to take. */
export interface CacheSlot {
  /** Input of the graph. */
  past: string;
  /** Output of the graph. */
  present: string;
  /**
   * Whether that is the tensor for the next step, longer by the tokens of this one, or these tokens alone,
   * which lie behind the others in memory.
   */
  gives: "all" | "new";
  /** Type of its numbers. */
  type: DataType;
  /** Shape before the first token. */
  dims: readonly number[];
}

/** A decoder as graphs that run. */
export interface DecoderGraphs {
  /** Where it was read, for messages. */
  readonly name: string;
  /** The sizes, with the most tokens of a text as it was opened. */
  readonly sizes: DecoderSizes;
  /** The most tokens of a text that it could be opened for. */
  readonly limit: number;
  /** The graph that gives logits at each token of a text. */
  whole(): Model;
  /**
   * Loads the graph that gives logits at each token of a text, or the one that takes new tokens and what it
   * gave for those before.
   */
  open(runtime: Runtime, kind: "whole" | "step"): Promise<Session>;
  /** Whether both are one, which takes a cache for whole texts, too. */
  readonly isOne: boolean;
  /** What is carried from step to step; nothing where each step takes the whole text. */
  readonly cache: readonly CacheSlot[];
  /** What a graph takes beside new tokens and cache: nothing, or masks and places. */
  feeds(length: number, before: number): Tensors;
  /** A name for sizes and weights, SHA-256 in hex. */
  digest(): string;
  /** Sizes and weights. */
  weights(): DecoderWeights;
}

const MOST_CONTEXT = 8192;

/** The most tokens of a text: as asked for, or the model's own number up to 8,192. */
export function contextOf(name: string, limit: number, asked: number | undefined): number {
  if (asked === undefined) return Math.min(MOST_CONTEXT, limit);
  if (Number.isInteger(asked) && asked >= 1 && asked <= limit) return asked;
  throw new RangeError(
    `Cannot open ${name} for ${asked} tokens: expected a whole number from 1 to ${limit}`,
  );
}

/** The graphs of weights in memory, which both share. */
export function graphsOf(weights: DecoderWeights, context?: number): DecoderGraphs {
  const { name, options: { context: limit, ...options } } = weights;
  const { layers, heads, keyValueHeads = heads, hidden, headSize = hidden / heads } = options;
  const sizes = { ...options, context: contextOf(name, limit, context) };
  const own = { ...weights, options: sizes };
  let whole: Model | undefined;
  const isPacked = Object.keys(weights.packed ?? {}).length > 0;
  return {
    name,
    sizes,
    limit,
    whole: () => whole ??= wholeGraph(own),
    open: (runtime, kind) =>
      isPacked && runtime.engine === "native"
        ? storedSession(runtime, own, kind)
        : kind === "whole"
        ? sessionOf(runtime, whole ??= wholeGraph(own))
        : sessionOf(runtime, stepGraph(own), { dynamicShapes: true }),
    isOne: false,
    cache: Array.from({ length: layers }, (_, i) =>
      ["key", "value"].map((part): CacheSlot => ({
        past: `past.${i}.${part}`,
        present: `present.${i}.${part}`,
        gives: "new",
        type: "float32",
        dims: [1, 0, keyValueHeads, headSize],
      }))).flat(),
    feeds: () => ({}),
    digest: () => weightsDigest(own),
    weights: () => weights,
  };
}

function weightsDigest({ options, tensors, packed = {} }: DecoderWeights): string {
  const arrays = function* (): Generator<readonly [string, ArrayBufferView]> {
    for (const name of Object.keys(tensors).sort()) yield [name, arrayOf(tensors[name]!)];
    for (const name of Object.keys(packed).sort()) {
      const { codes, scales, offsets = new Float32Array() } = packed[name]!.read();
      for (const array of [codes, scales, offsets]) yield [name, array];
    }
  };
  // Of packed weights the products are others than those of float32, and than they were.
  const products = Object.keys(packed).length > 0 ? "whole numbers" : undefined;
  return tensorsDigest(canonicalJson(withoutUndefined({ ...options, products }), "model"), arrays());
}
