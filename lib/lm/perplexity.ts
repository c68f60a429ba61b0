import { TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { LanguageModel } from "./language_model.ts";
import { argmax, klDivergence } from "../statistics/logits.ts";
import { tokenLosses } from "./losses.ts";
import { count, fields, number } from "../files/schema.ts";
import { type Corpus, eachWindow, WINDOW_OPTIONS, type WindowOptions, windowsOf } from "./windows.ts";

/** How well a model predicts a text. */
export interface Perplexity {
  /** e to the mean loss. */
  perplexity: number;
  /** Mean over windows of the mean −log p over the tokens predicted, all but the first of each, in nats. */
  loss: number;
  /** Mean loss of each window. */
  losses: number[];
  /** Tokens of all windows: less than the text's, where its end is no whole window or `windows` is given. */
  tokens: number;
}

/**
 * The perplexity of a model on a text by the protocol of GPTQ and SparseGPT: windows that do not overlap, in
 * each of which every token but the first is predicted; exp of the mean over windows of their mean loss. What
 * is left of a text behind its last whole window is not measured.
 *
 * @throws {RangeError} where the text has not one window, a window does not fit into the context, or its
 * result is not finite
 */
export async function perplexity(
  model: LanguageModel,
  corpus: Corpus,
  options: WindowOptions = {},
): Promise<Perplexity> {
  requireOptions("perplexity", options, WINDOW_OPTIONS);
  const windows = windowsOf(model, corpus, options);
  const digests = options.log === undefined ? [] : [model.digest()];
  const about = { kind: "perplexity", digests, windows, result: number };
  const losses = await eachWindow(about, options, async (ids) => {
    const own = tokenLosses(await model.logits(ids), ids);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  const tokens = windows.reduce((sum, ids) => sum + ids.length, 0);
  return { perplexity: Math.exp(loss), loss, losses, tokens };
}

/** How far a model's predictions are from another's. */
export interface Divergence {
  /** Mean over all places of KL(reference ‖ model), in nats. */
  divergence: number;
  /** Part of the places at which both hold the same token for the likeliest. */
  sameTop: number;
  /** Mean divergence of each window. */
  divergences: number[];
}

/**
 * The Kullback–Leibler divergence of a model's predictions from those of a reference on a text: how much
 * compression changed, with less noise than perplexity.
 *
 * @throws {TypeError} where the two have different vocabularies
 * @throws {RangeError} where the text has not one window, a window does not fit into the context, or its
 * result is not finite
 */
export async function divergence(
  model: LanguageModel,
  reference: LanguageModel,
  corpus: Corpus,
  options: WindowOptions = {},
): Promise<Divergence> {
  requireOptions("divergence", options, WINDOW_OPTIONS);
  if (model.options.vocabulary !== reference.options.vocabulary) {
    throw new TypeError(
      `Cannot compare ${model.name} with ${reference.name}: they have ${model.options.vocabulary} and ` +
        `${reference.options.vocabulary} tokens; expected the same vocabulary`,
    );
  }
  const windows = windowsOf(model, corpus, options);
  const digests = options.log === undefined ? [] : [model.digest(), reference.digest()];
  const result = fields({ divergence: number, sameTop: number, tokens: count });
  const about = { kind: "divergence", digests, windows, result };
  const results = await eachWindow(about, options, async (ids) => {
    const [own, other] = [await model.logits(ids), await reference.logits(ids)];
    const width = model.options.vocabulary;
    let [sum, same] = [0, 0];
    for (let at = 0; at < own.length; at += width) {
      const [q, p] = [own.subarray(at, at + width), other.subarray(at, at + width)];
      sum += klDivergence(p, q);
      same += Number(argmax(p) === argmax(q));
    }
    return { divergence: sum / ids.length, sameTop: same / ids.length, tokens: ids.length };
  });
  const tokens = results.reduce((sum, result) => sum + result.tokens, 0);
  const mean = (of: "divergence" | "sameTop") =>
    results.reduce((sum, result) => sum + result[of] * result.tokens, 0) / tokens;
  return {
    divergence: mean("divergence"),
    sameTop: mean("sameTop"),
    divergences: results.map((result) => result.divergence),
  };
}
