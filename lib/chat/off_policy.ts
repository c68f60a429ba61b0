import { RangeError } from "../errors.ts";

/** A logged run: what came of it, and how likely its random decisions were, then and now. */
export interface LoggedTrial {
  /** Outcome of the trial: 1 where the answer was right, 0 where not, or any other number. */
  readonly outcome: number;
  /** Probability, when it was logged, of each decision as it fell (a link taken or left out). */
  readonly logged: readonly number[];
  /** Probability of each of these decisions, as they fell, under the policy that is to be judged. */
  readonly target: readonly number[];
}

/** Estimated mean outcome of another policy, from runs that were logged under one. */
export interface OffPolicyEstimate {
  /** Self-normalised estimate of the mean outcome: Σ w·outcome / Σ w. */
  readonly mean: number;
  /** Standard error of it, by the delta method. */
  readonly standardError: number;
  /** Effective sample size (Σ w)² / Σ w²: as many runs under the new policy would tell as much. */
  readonly effectiveSampleSize: number;
  /** Number of logged runs. */
  readonly trials: number;
}

/**
 * Judges a policy by runs of another, with importance weights w = Π target / logged over the decisions of
 * each run.
 *
 * Source: T. Hesterberg, "Weighted average importance sampling and defensive mixture distributions", 1995;
 * effective sample size after A. Kong, 1992.
 *
 * @param minimumSize the effective sample size below which there is no estimate; 30 by default
 * @throws RangeError where the log does not support it: decisions that were certain when they were logged,
 * or too small an effective sample size
 */
export function offPolicyEstimate(trials: readonly LoggedTrial[], minimumSize = 30): OffPolicyEstimate {
  const logWeights = trials.map(({ logged, target }, i) => {
    if (logged.length !== target.length) {
      throw new RangeError(
        `Cannot judge a policy by run ${i}: expected a probability for each decision, found ${logged.length} ` +
          `logged and ${target.length} of the target`,
      );
    }
    return logged.reduce((sum, p, j) => sum + logRatio(p, target[j]!, i), 0);
  });
  // A common factor of all weights cancels out; without it none is too large for a number.
  const top = Math.max(...logWeights, -Infinity);
  const weights = logWeights.map((log) => top === -Infinity ? 0 : Math.exp(log - top));
  const sum = weights.reduce((all, w) => all + w, 0);
  const squares = weights.reduce((all, w) => all + w * w, 0);
  const effectiveSampleSize = squares > 0 ? sum * sum / squares : 0;
  if (effectiveSampleSize < minimumSize) {
    throw new RangeError(
      `Cannot judge the policy by this log: expected an effective sample size of ${minimumSize} or more, found ` +
        `${effectiveSampleSize.toFixed(1)} of ${trials.length} runs; log more runs, or a policy nearer to it`,
    );
  }
  const mean = trials.reduce((all, { outcome }, i) => all + weights[i]! * outcome, 0) / sum;
  const spread = trials.reduce((all, { outcome }, i) => all + (weights[i]! * (outcome - mean)) ** 2, 0);
  return { mean, standardError: Math.sqrt(spread) / sum, effectiveSampleSize, trials: trials.length };
}

function logRatio(logged: number, target: number, run: number): number {
  const fits = logged > 0 && logged < 1 && target >= 0 && target <= 1;
  // A decision that could not fall otherwise tells nothing of a policy under which it could.
  if (!fits && !(logged === 1 && target === 1)) {
    throw new RangeError(
      `Cannot judge a policy by run ${run}: expected decisions that could have fallen otherwise, found one with ` +
        `probability ${logged} when it was logged and ${target} now; log runs with random links`,
    );
  }
  return Math.log(target / logged);
}
