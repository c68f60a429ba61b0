import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import { textDigest } from "../files/digest.ts";
import { appendJsonLine, readJsonLines, requireAppendable } from "../files/json_lines.ts";
import { fields, type Schema, text } from "../files/schema.ts";
import type { LanguageModel } from "./language_model.ts";
import { stopSignal } from "../stop.ts";

/** A text to measure on: a text, its tokens, or texts in tokens, each of which is a window of its own. */
export type Corpus = string | readonly number[] | readonly (readonly number[])[];

/** Settings of what is measured window by window. */
export interface WindowOptions {
  /** Tokens of a window. Default 2,048, or the model's context where that is shorter. */
  window?: number | undefined;
  /** The most windows. Default: all. */
  windows?: number | undefined;
  /**
   * A file in which each window's result is kept as it comes: where a run was ended, the next one with the
   * same model, text and settings goes on. Default: none.
   */
  log?: string | undefined;
  /** Ends the run; what is in the log stays. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode WindowOptions}. */
export const WINDOW_OPTIONS: OptionNames<WindowOptions> = {
  window: true,
  windows: true,
  log: true,
  signal: true,
};

const isTokens = (ids: unknown): boolean => Array.isArray(ids) && ids.every(Number.isInteger);

/**
 * The windows of a corpus: pieces of that length that do not overlap; what is left over at the end is not
 * measured, as in the protocol of GPTQ and SparseGPT.
 *
 * @throws {TypeError} where an array has something else than tokens
 * @throws {RangeError} where there is no whole window, a window is longer than the context, or a token is
 * none of the model's
 */
export function windowsOf(
  model: LanguageModel,
  corpus: Corpus,
  { window, windows = Infinity }: WindowOptions,
): number[][] {
  if (typeof corpus !== "string" && !isTokens(corpus) && !(Array.isArray(corpus) && corpus.every(isTokens))) {
    throw new TypeError(
      "Cannot measure on what is neither text nor tokens: expected a text, an array of token numbers, or an " +
        "array of such arrays; give one text, or model.vocabulary.encode(text) of each",
    );
  }
  if (windows !== Infinity) requireNumbers("measure perplexity", { windows }, COUNT);
  if (Array.isArray(corpus) && Array.isArray(corpus[0])) {
    if (window !== undefined) {
      throw new TypeError(
        `Cannot cut texts into windows of ${window} tokens: texts in tokens are windows of their own; leave out ` +
          "window, or give the tokens of all as one array",
      );
    }
    const rows = (corpus as readonly (readonly number[])[]).slice(0, windows).map((row) => [...row]);
    const odd = rows.find((row) => row.length < 2 || row.length > model.context);
    if (!odd) return requireTokens(model, rows);
    throw new RangeError(`Cannot measure a text of ${odd.length} tokens: expected 2 to ${model.context}`);
  }
  const size = window ?? Math.min(2048, model.context);
  requireNumbers("measure perplexity", { window: size }, { whole: true, from: 2, to: model.context });
  const ids = typeof corpus === "string" ? model.vocabulary.encode(corpus) : corpus as readonly number[];
  const count = Math.min(Math.floor(ids.length / size), windows);
  if (count < 1) {
    throw new RangeError(
      `Cannot measure on ${ids.length} tokens: expected at least one window of ${size}; give more text, or a ` +
        "smaller window",
    );
  }
  return requireTokens(model, Array.from({ length: count }, (_, i) => ids.slice(i * size, (i + 1) * size)));
}

/** Windows of tokens that the model has. */
function requireTokens({ name, options }: LanguageModel, windows: number[][]): number[][] {
  for (const ids of windows) {
    const odd = ids.find((id) => id < 0 || id >= options.vocabulary);
    if (odd !== undefined) {
      throw new RangeError(`Cannot run ${name} on token ${odd}: expected 0 to ${options.vocabulary - 1}`);
    }
  }
  return windows;
}

/** What is measured of each window. */
export interface Measured {
  /** Name of the measure. */
  kind: string;
  /** Digests of the models that it is taken of. */
  digests: readonly string[];
  /** Tokens of each window. */
  windows: readonly number[][];
  /** Shape of a window's result. */
  result: Schema;
}

/**
 * The result of each window: from the log where it is there, else measured, and then put into it.
 *
 * @throws {RangeError} where a result has another shape, as one that is NaN
 */
export async function eachWindow<T>(
  { kind, digests, windows, result: shape }: Measured,
  { log, signal: own }: WindowOptions,
  measure: (ids: number[]) => Promise<T>,
): Promise<T[]> {
  if (log !== undefined) await requireAppendable(log, "keep what is measured");
  const known = new Map(
    log === undefined
      ? []
      : (await readJsonLines<{ key: string; result: T }>(log, fields({ key: text, result: shape })))
        .map(({ key, result }) => [key, result]),
  );
  const signal = stopSignal(own);
  const results: T[] = [];
  for (const [window, ids] of windows.entries()) {
    signal?.throwIfAborted();
    const key = textDigest(JSON.stringify([kind, ...digests, ids]));
    let result = known.get(key);
    if (result === undefined) {
      result = await measure(ids);
      const problem = shape(result);
      if (problem !== undefined) {
        throw new RangeError(
          `Cannot measure ${kind} on window ${window} (from 0): ${problem}; look for NaN and infinity in the model's ` +
            "weights",
        );
      }
      if (log !== undefined) await appendJsonLine(log, { key, result });
    }
    results.push(result);
  }
  return results;
}
