import type { Model } from "../onnx/model.ts";
import { channelGroups } from "./channel_groups.ts";
import { type LatencyOptions, measureLatency } from "./latency.ts";
import { type PlanOptions, planPruning, type PruningPlan } from "./plan.ts";
import { prune } from "./prune.ts";

/** Settings of {@linkcode planForLatency}. */
export interface LatencyPlanOptions extends Omit<PlanOptions, "target"> {
  /** Fraction in (0, 1] of the original's median latency to keep, as measured here. */
  target: { latency: number };
  measure?: LatencyOptions;
  /** Models to measure in search of the right one. Default 6. */
  trials?: number;
}

/**
 * Plans for a measured latency: halves the range of MACs between what is reachable and everything, measuring a
 * pruned model each time, and gives the largest that was measured fast enough. Measurements vary, so plans do.
 *
 * @throws RangeError where the target is no fraction in (0, 1], or even the smallest model is slower
 */
export async function planForLatency(model: Model, options: LatencyPlanOptions): Promise<PruningPlan> {
  const { target, measure = {}, trials = 6, ...rest } = options;
  const fraction = target.latency;
  if (!(fraction > 0 && fraction <= 1)) {
    throw new RangeError(
      `Cannot keep ${fraction} of latency: expected a fraction greater than 0 and at most 1`,
    );
  }
  const whole = planPruning(model, { ...rest, target: { macs: 1 } });
  if (fraction === 1) return whole;
  const timeOf = async (candidate: Model) => (await measureLatency(candidate, measure)).median;
  const original = await timeOf(channelGroups(model).model);
  // A hair above the bound, which rounding must not put out of reach.
  let low = Math.min(1, whole.reachable.macs / whole.before.macs + 1e-9);
  let best = planPruning(model, { ...rest, target: { macs: low } });
  const least = await timeOf(prune(model, best)) / original;
  if (least > fraction) {
    throw new RangeError(
      `Cannot keep only ${fraction} of latency: the smallest model, with ${
        low.toFixed(3)
      } of the MACs, was measured ` +
        `at ${least.toFixed(3)}; ask for more than that`,
    );
  }
  let high = 1;
  for (let trial = 1; trial < trials; trial++) {
    const middle = (low + high) / 2;
    const plan = planPruning(model, { ...rest, target: { macs: middle } });
    if (await timeOf(prune(model, plan)) <= fraction * original) [low, best] = [middle, plan];
    else high = middle;
  }
  return best;
}
