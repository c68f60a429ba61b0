import type { Model } from "../onnx/model.ts";
import { channelGroups } from "./channel_groups.ts";
import { openRuntime } from "../runtime/engines.ts";
import { type LatencyOptions, measureSideBySide } from "./latency.ts";
import { type CostPlanOptions, planForCost } from "./plan_for_cost.ts";
import { prune } from "./prune.ts";
import { PruningPlan } from "./pruning_plan.ts";

/** Settings of {@linkcode planForLatency}. */
export interface LatencyPlanOptions extends Omit<CostPlanOptions, "target"> {
  /** Fraction in (0, 1] of the original's median latency to keep, as measured here. */
  target: { latency: number };
  /** Engine, batch and number of runs. */
  measure?: LatencyOptions;
  /** Models to measure in search of the right one. Default 6. */
  trials?: number;
}

/**
 * Plans for a measured latency: halves the range of MACs between what is reachable and everything, measuring
 * a pruned model each time, and gives the largest that was measured fast enough. Measurements vary, so plans
 * do.
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
  const whole = planForCost(model, { ...rest, target: { macs: 1 } });
  if (fraction === 1) return withTarget(whole, target);
  // One engine for all trials, opened here where none is given.
  const runtime = measure.runtime ?? await openRuntime(measure.engine ? { engine: measure.engine } : {});
  try {
    return await search(model, whole, fraction, rest, { ...measure, runtime }, trials);
  } finally {
    if (!measure.runtime) await runtime.close();
  }
}

async function search(
  model: Model,
  whole: PruningPlan,
  fraction: number,
  rest: Omit<CostPlanOptions, "target">,
  measure: LatencyOptions,
  trials: number,
): Promise<PruningPlan> {
  const original = channelGroups(model).model;
  /** Latency of what a plan leaves, as a part of the original's, both measured in turns. */
  const ratioOf = async (plan: PruningPlan) => {
    const settings = rest.inputShapes ? { inputShapes: rest.inputShapes, ...measure } : measure;
    const [before, after] = await measureSideBySide([original, prune(model, plan)], settings);
    return after!.median / before!.median;
  };
  const planOf = (macs: number) => planForCost(model, { ...rest, target: { macs } });
  // A hair above the bound, which rounding must not put out of reach.
  let low = Math.min(1, whole.reachable.macs / whole.before.macs + 1e-9);
  let best = planOf(low);
  const least = await ratioOf(best);
  if (least > fraction) {
    throw new RangeError(
      `Cannot keep only ${fraction} of latency: the smallest model, with ${
        (100 * low).toFixed(1)
      } % of the MACs, was measured at ${least.toFixed(3)}; ask for more than that`,
    );
  }
  let high = 1;
  for (let trial = 1; trial < trials; trial++) {
    const middle = (low + high) / 2;
    const plan = planOf(middle);
    if (await ratioOf(plan) <= fraction) [low, best] = [middle, plan];
    else high = middle;
  }
  return withTarget(best, { latency: fraction });
}

const withTarget = (plan: PruningPlan, target: { latency: number }) => new PruningPlan({ ...plan, target });
