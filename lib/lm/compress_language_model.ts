import { TypeError } from "../errors.ts";
import {
  compress,
  COMPRESS_OPTIONS,
  type CompressOptions,
  type CompressResult,
} from "../compress/compress.ts";
import type { Calibration } from "../compress/calibration.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import type { Model } from "../onnx/model.ts";
import { type OptionNames, requireOptions, withDefaults } from "../options.ts";
import { int64, type Tensor } from "../tensor/tensor.ts";
import { type LanguageModel, languageModel, type LanguageModelOptions } from "./language_model.ts";
import { type Corpus, type WindowOptions, windowsOf } from "./windows.ts";

/** Settings of {@linkcode compressLanguageModel}. */
export interface CompressLanguageModelOptions extends Omit<CompressOptions, "calibration" | "held"> {
  /** A text, its tokens, or texts in tokens: prompts, or answers of the model's own, for instance. */
  calibration?: Corpus | undefined;
  /** On what the model's answers are compared for an allocation. Default: `calibration`. */
  held?: Corpus | undefined;
  /** Tokens of a window of a text. Default 2,048, or the model's context where that is shorter. */
  window?: number | undefined;
  /** The most windows of it. Default 128. */
  windows?: number | undefined;
}

/** Names of {@linkcode CompressLanguageModelOptions}. */
const COMPRESS_LANGUAGE_MODEL_OPTIONS: OptionNames<CompressLanguageModelOptions> = {
  ...COMPRESS_OPTIONS,
  window: true,
  windows: true,
};

/** Result of {@linkcode compressLanguageModel}. */
export interface CompressedLanguageModel extends Omit<CompressResult, "model"> {
  /** The compressed model, to be asked, measured and written; closed by whoever asked for it. */
  model: LanguageModel;
}

/** Tokens of a record, where windows are short: a run of a few tokens is mostly overhead. */
const RECORD = 1024;

/**
 * What a language model is fed with to learn what its layers see: windows of a text, short ones in batches.
 */
export function calibrationOf(
  model: LanguageModel,
  corpus: Corpus,
  options: Pick<WindowOptions, "window" | "windows"> = {},
): Calibration {
  requireOptions("calibrationOf", options, { window: true, windows: true });
  const batches: number[][][] = [];
  for (const ids of windowsOf(model, corpus, options)) {
    const last = batches.at(-1);
    if (last && last[0]!.length === ids.length && (last.length + 1) * ids.length <= RECORD) last.push(ids);
    else batches.push([ids]);
  }
  return batches.map((rows) => ({ input_ids: int64(rows.flat(), [rows.length, rows[0]!.length]) }));
}

/** Whether a weight is a matrix of a decoder's layers: all linear ones but the output head. */
export function isDecoderMatrix(weight: string): boolean {
  return /^model\.layers\..*_proj\.weight$/.test(weight);
}

/**
 * Compresses a language model as {@linkcode compress} does any model: the matrices of its layers; the table
 * of tokens, the output head and norms stay as they are.
 *
 * @throws {TypeError} where the model's weights were left in their codes, or as `compress` says
 */
export async function compressLanguageModel(
  model: LanguageModel,
  settings: CompressLanguageModelOptions,
): Promise<CompressedLanguageModel> {
  const example = '{ method: "magnitude", sparsity: 0.5 }';
  requireOptions("compressLanguageModel", settings, COMPRESS_LANGUAGE_MODEL_OPTIONS, example);
  const { calibration, held, window, windows = 128, ...options } = settings;
  requireWeights(model);
  const records = (corpus: Corpus | undefined) =>
    corpus === undefined ? undefined : calibrationOf(model, corpus, { window, windows });
  const { model: graph, ...rest } = await compress(model.graph, {
    ...withDefaults({ layers: isDecoderMatrix }, options),
    calibration: records(calibration),
    held: records(held),
  });
  return { ...rest, model: withGraph(model, graph, options.runtime ? { runtime: options.runtime } : {}) };
}

/** @throws {TypeError} where weights were left in their codes */
export function requireWeights({ name, weights }: LanguageModel): void {
  if (Object.keys(weights.packed ?? {}).length === 0) return;
  throw new TypeError(
    `Cannot compress ${name}: its weights were left in their codes; open it without packed`,
  );
}

/**
 * A language model whose weights are those of another graph of the same decoder: compressed, or trained on.
 */
export function withGraph(
  model: LanguageModel,
  graph: Model,
  options: Pick<LanguageModelOptions, "runtime"> = {},
): LanguageModel {
  requireOptions("withGraph", options, { runtime: true });
  const { initializers } = constantsToInitializers(graph).graph;
  const { weights, vocabulary, template, context } = model;
  const tensors = Object.fromEntries(
    Object.keys(weights.tensors).map((name) => [name, initializers.get(name) as Tensor]),
  );
  return languageModel({ ...weights, tensors }, { vocabulary, template, context, ...options });
}
