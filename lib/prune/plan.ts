import { COUNT, requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import type { Model } from "../onnx/model.ts";
import type { TrainingData } from "../train/batches.ts";
import type { EvaluateOptions } from "../train/evaluate.ts";
import { LATENCY_OPTIONS, type LatencyOptions } from "./latency/latency.ts";
import { type CostPlanOptions, latencyOf } from "./plan/options.ts";
import { completeSettings, planForCost } from "./plan/plan_for_cost.ts";
import { planForLatency } from "./latency/plan_for_latency.ts";
import type { PruningPlan, Target } from "./pruning_plan.ts";
import type { Progress } from "../progress.ts";
import { requireOptions, withDefaults } from "../options.ts";
import { wandaImportance } from "./measured/wanda_importance.ts";
import { taylorImportance } from "./measured/taylor_importance.ts";

/** Settings of {@linkcode planPruning} where nothing has to be measured. */
export interface PlanOptions extends CostPlanOptions {
  /** Data make it a measured plan: {@linkcode MeasuredPlanOptions}. */
  data?: undefined;
}

/** Settings of {@linkcode planPruning} with data, or for a latency. */
export interface MeasuredPlanOptions extends Omit<CostPlanOptions, "target">, Omit<EvaluateOptions, "top"> {
  /** Share of the original costs that is to be left. */
  target: Target;
  /**
   * Examples over which the criterion "taylor" takes gradients, or of which "wanda" takes what layers read;
   * with other criteria they are refused.
   */
  data?: TrainingData | undefined;
  /** How a latency is measured. Default: batch 1 on `runtime`. */
  measure?: LatencyOptions | undefined;
  /** Models to measure in search of the right one for a latency, in one kind of widths. Default 6. */
  trials?: number | undefined;
  /** Who is told how the search for a latency goes, once a model. Default: nobody. */
  progress?: Progress | undefined;
}

/** When an option is looked at: always, or only in plans of one kind or another. */
type Use = "always" | "taylor" | "data" | "latency" | "measured";

/** All options there are. */
const OPTIONS: Readonly<Record<keyof MeasuredPlanOptions, Use>> = {
  target: "always",
  criterion: "always",
  scope: "always",
  roundTo: "always",
  ignore: "always",
  kinds: "always",
  maxPruned: "always",
  seed: "always",
  inputShapes: "always",
  data: "data",
  loss: "taylor",
  batchSize: "data",
  runtime: "measured",
  signal: "measured",
  measure: "latency",
  trials: "latency",
  progress: "latency",
};

const WHEN: Readonly<Record<Exclude<Use, "always">, string>> = {
  taylor: 'with criterion "taylor"',
  data: 'with criterion "taylor" or "wanda"',
  latency: "for a target of { latency }",
  measured: 'with criterion "taylor" or "wanda", or for a target of { latency }',
};

/**
 * Decides what goes: the least important channels, until the target is met.
 *
 * The order does not depend on the target, so asking for more never leaves a bigger model. What is kept is at
 * most the target, and closer to it than `roundTo` of the smallest channels (a block of 16, or the parts of
 * one that the target needs), as long as their group has enough of them to give. A latency is measured here
 * and now, so such plans vary as measurements do; they look among widths too, and `plan.latency` tells what
 * to expect. All others are the same on every machine.
 *
 * @returns the plan; a promise of it where `data` or a latency is given
 * @throws RangeError where the target is no fraction in (0, 1], or out of reach (naming the bound), or the
 * criterion is unknown
 * @throws TypeError where a criterion does not give one finite number per channel or lacks data, `ignore`
 * names nothing, there is no such option (naming the nearest), or one is given that this plan would not look
 * at (saying which plans do)
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const plan = planPruning(mlp({ sizes: [4, 8, 2] }), { target: { macs: 0.5 }, criterion: "l2" });
 * assert.deepEqual([plan.before.macs, plan.after.macs], [48, 24]);
 * assert.equal(plan.groups[0]!.removed.length, 4);
 * assert.ok(plan.protected.some(({ why }) => why[0] === '"logits" is an output of the graph'));
 * ```
 */
export function planPruning(model: Model, options: PlanOptions): PruningPlan;
/** Decides which channels to remove where data are looked at or a latency is measured, which takes time. */
export function planPruning(model: Model, options: MeasuredPlanOptions): Promise<PruningPlan>;
export function planPruning(
  model: Model,
  options: PlanOptions | MeasuredPlanOptions,
): PruningPlan | Promise<PruningPlan> {
  requireOptions("planPruning", options, OPTIONS, "{ target: { macs: 0.5 } }, what is to be left");
  requireUsedOptions(options);
  return isMeasured(options) ? planMeasured(model, options) : planForCost(model, options);
}

function isMeasured(options: PlanOptions | MeasuredPlanOptions): options is MeasuredPlanOptions {
  return options.data !== undefined || isLatency(options.target);
}

const isLatency = (target: Target): target is { latency: number } =>
  typeof target === "object" && target !== null && "latency" in target;

const looksAtData = ({ criterion }: PlanOptions | MeasuredPlanOptions): boolean =>
  criterion === "taylor" || criterion === "wanda";

/** Refuses options that this plan does not look at, and such as nothing can be measured with. */
function requireUsedOptions(options: PlanOptions | MeasuredPlanOptions): void {
  const holds: Record<Use, boolean> = {
    always: true,
    taylor: options.criterion === "taylor",
    data: looksAtData(options),
    latency: isLatency(options.target),
    measured: looksAtData(options) || isLatency(options.target),
  };
  for (const [name, use] of Object.entries(OPTIONS)) {
    if (use === "always" || holds[use] || options[name as keyof PlanOptions] === undefined) continue;
    throw new TypeError(
      `Cannot plan with option "${name}" here: it is used only ${WHEN[use]}; leave it out, or ask for that`,
    );
  }
  const { data, measure, trials } = options as MeasuredPlanOptions;
  if (data !== undefined && !isData(data)) {
    throw new TypeError(
      `Cannot plan with data ${
        JSON.stringify(data)
      }: expected { inputs, targets }, streamed examples, or batches`,
    );
  }
  if (measure !== undefined) requireOptions("planPruning with measure", measure, LATENCY_OPTIONS);
  if (trials !== undefined) requireNumbers("plan", { trials }, COUNT);
}

const isData = (data: unknown): boolean =>
  typeof data === "object" && data !== null &&
  ("batch" in data || "read" in data || ("inputs" in data && "targets" in data));

async function planMeasured(model: Model, options: MeasuredPlanOptions): Promise<PruningPlan> {
  const { target, data, loss, batchSize, runtime, signal, measure, trials, progress, ...rest } = options;
  const run = { runtime, signal, batchSize };
  // Data may take hours: what is wrong with the settings is told before.
  completeSettings(model, { ...rest, target: isLatency(target) ? { macs: latencyOf(target) } : target });
  const settings = data && rest.criterion === "taylor"
    ? {
      ...rest,
      criterion: await taylorImportance(model, data, { ...run, loss, kinds: rest.kinds }),
    }
    : data && rest.criterion === "wanda"
    ? { ...rest, criterion: await wandaImportance(model, data, run) }
    : rest;
  if (!isLatency(target)) return planForCost(model, { ...settings, target });
  return await planForLatency(model, {
    ...settings,
    target,
    measure: withDefaults({ runtime, signal }, measure),
    trials,
    progress,
  });
}
