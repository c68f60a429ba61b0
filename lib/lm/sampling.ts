import { RangeError } from "../errors.ts";
import type { OptionNames } from "../options.ts";

/** How the next token is chosen from logits. */
export interface SamplingOptions {
  /** Number that logits are divided by; 0 always takes the likeliest token. Default 1. */
  temperature?: number | undefined;
  /** Only so many of the likeliest tokens; 0 for all. Default 0. */
  topK?: number | undefined;
  /** Only the likeliest tokens, the fewest with this much probability in all, at least one. Default 1. */
  topP?: number | undefined;
  /** Only tokens with this part of the likeliest one's probability. Default 0. */
  minP?: number | undefined;
  /** Divisor of logits of tokens that were there; negative logits are multiplied with it. Default 1. */
  repetitionPenalty?: number | undefined;
}

/** Names of {@linkcode SamplingOptions}. */
export const SAMPLING_OPTIONS: OptionNames<SamplingOptions> = {
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repetitionPenalty: true,
};

/** Tokens that may come next, likeliest first, of equal ones the lower number first, with probabilities. */
export interface Candidates {
  /** The tokens. */
  ids: number[];
  /** Probabilities of the tokens, with a sum of 1. */
  probabilities: number[];
}

/** @throws RangeError naming the settings that are out of their range */
export function checkSampling(
  { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 }: SamplingOptions,
): void {
  const faults = [
    ...temperature >= 0 && Number.isFinite(temperature) ? [] : [`a temperature from 0, not ${temperature}`],
    ...Number.isInteger(topK) && topK >= 0 ? [] : [`a whole topK from 0, not ${topK}`],
    ...topP > 0 && topP <= 1 ? [] : [`topP above 0 and up to 1, not ${topP}`],
    ...minP >= 0 && minP <= 1 ? [] : [`minP from 0 to 1, not ${minP}`],
    ...repetitionPenalty > 0 ? [] : [`a repetitionPenalty above 0, not ${repetitionPenalty}`],
  ];
  if (faults.length > 0) throw new RangeError(`Cannot sample: expected ${faults.join("; ")}`);
}

/**
 * The tokens that may come next: repetition penalty, temperature, top-k, top-p, min-p, in this order, each on
 * what those before it left.
 *
 * @param recent tokens that the repetition penalty is for
 * @throws RangeError where a setting is out of its range, or a logit is NaN or infinite; −∞ is that of a
 * token that cannot come, as long as another one can
 */
export function candidates(
  logits: Float32Array,
  options: SamplingOptions = {},
  recent: Iterable<number> = [],
): Candidates {
  checkSampling(options);
  const { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const scores = Float64Array.from(logits);
  if (repetitionPenalty !== 1) {
    for (const id of new Set(recent)) {
      scores[id]! *= scores[id]! < 0 ? repetitionPenalty : 1 / repetitionPenalty;
    }
  }
  let best = 0;
  const isOdd = (id: number) => Number.isNaN(scores[id]!) || scores[id] === Infinity;
  for (let id = 0; id < scores.length && !isOdd(best); id++) {
    if (isOdd(id) || scores[id]! > scores[best]!) best = id;
  }
  if (!Number.isFinite(scores[best]!)) {
    throw new RangeError(
      `Cannot sample: the logit of token ${best} is ${scores[best]}${
        scores[best] === -Infinity ? ", the largest" : ""
      }; are the model's weights finite?`,
    );
  }
  if (temperature === 0) return { ids: [best], probabilities: [1] };
  const most = scores[best]!;
  const weights = scores.map((score) => Math.exp((score - most) / temperature));
  const least = topK > 0 && topK < weights.length ? weights.toSorted()[weights.length - topK]! : 0;
  let sum = 0;
  for (const weight of weights) if (weight >= least) sum += weight;
  // Tokens below this have less than 1 − topP together, so that none of them is among those kept. With topK
  // the few that are left are those that topP has parts of.
  const floor = least > 0 ? least : (1 - topP) * sum / weights.length;
  const ids: number[] = [];
  for (let id = 0; id < weights.length; id++) if (weights[id]! >= floor && weights[id]! > 0) ids.push(id);
  ids.sort((a, b) => weights[b]! - weights[a]! || a - b);
  if (topK > 0) ids.splice(topK);
  if (topP < 1) {
    const all = least > 0 ? ids.reduce((total, id) => total + weights[id]!, 0) : sum;
    let mass = 0;
    const kept = ids.findIndex((id) => (mass += weights[id]!) >= topP * all);
    if (kept >= 0) ids.splice(kept + 1);
  }
  if (minP > 0) {
    const under = ids.findIndex((id) => weights[id]! < minP);
    if (under >= 0) ids.splice(under);
  }
  const total = ids.reduce((total, id) => total + weights[id]!, 0);
  return { ids, probabilities: ids.map((id) => weights[id]! / total) };
}

/** The token at a place from 0 to 1 in the candidates' probabilities. */
export function draw({ ids, probabilities }: Candidates, place: number): number {
  let sum = 0;
  for (let i = 0; i < ids.length; i++) {
    sum += probabilities[i]!;
    if (place < sum) return ids[i]!;
  }
  return ids.at(-1)!; // rounding
}
