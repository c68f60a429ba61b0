import { counted } from "../amounts.ts";
import { requireNumbers, SHARE } from "../bounds.ts";
import { type Progress, silent } from "../progress.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { TrainingData } from "../train/batches.ts";
import { evaluate, EVALUATE_OPTIONS, type EvaluateOptions } from "../train/evaluate.ts";
import type { Criterion } from "./criteria/criterion.ts";
import type { CriterionName } from "./criteria/table.ts";
import { planForCost } from "./plan/plan_for_cost.ts";
import { prune } from "./prune.ts";
import { PruningPlan } from "./pruning_plan.ts";
import { stopSignal } from "../stop.ts";

/** Settings of {@linkcode sensitivity}. */
export interface SensitivityOptions extends EvaluateOptions {
  /** Criterion that says which channels go first. Default "group-l2". */
  criterion?: CriterionName | Criterion | undefined;
  /** Fractions of a group's channels to remove; one always stays. Default [0.25, 0.5, 0.75]. */
  ratios?: readonly number[] | undefined;
  /** Who is told how it goes, once a row. Default: nobody. */
  progress?: Progress | undefined;
}

/** All options there are. */
const OPTIONS: OptionNames<SensitivityOptions> = {
  criterion: true,
  ratios: true,
  progress: true,
  ...EVALUATE_OPTIONS,
};

/** How well the model does with one group alone pruned. */
export interface SensitivityRow {
  /** Name of the group. */
  group: string;
  /** Channels of the group before. */
  channels: number;
  /** Channels of the group that were removed. */
  removed: number;
  /** Part of the channels that was to be removed. */
  ratio: number;
  /** Mean loss of what is left. */
  loss: number;
  /** Accuracy of what is left, 0 to 1; only where there are labels. */
  accuracy?: number;
}

/**
 * Prunes each group alone at several ratios and evaluates what is left, one row at a time.
 *
 * @throws RangeError where a ratio is no part
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32, int64 } from "../tensor/tensor.ts";
 *
 * const data = { inputs: float32([0, 1, 1, 0], [2, 2]), targets: int64([0, 1]) };
 * const rows = await Array.fromAsync(sensitivity(mlp({ sizes: [2, 8, 2] }), data));
 * assert.deepEqual(rows.map(({ group, removed }) => [group, removed]), [
 *   ["0.weight", 2],
 *   ["0.weight", 4],
 *   ["0.weight", 6],
 * ]);
 * ```
 */
export async function* sensitivity(
  model: Model,
  data: TrainingData,
  options: SensitivityOptions = {},
): AsyncIterable<SensitivityRow> {
  requireOptions("sensitivity", options, OPTIONS);
  const { criterion = "group-l2", ratios = [0.25, 0.5, 0.75], progress = silent, ...settings } = options;
  for (const ratio of ratios) requireNumbers("prune groups alone", { ratio }, SHARE);
  const plan = planForCost(model, { target: { bytes: 1 }, criterion });
  await progress.start(
    `Sensitivity of ${counted(plan.groups.length, "group")}`,
    plan.groups.length * ratios.length,
  );
  const signal = stopSignal(settings.signal);
  let done = 0;
  try {
    for (const group of plan.groups) {
      const order = [...group.importance.keys()].sort((a, b) =>
        group.importance[a]! - group.importance[b]! || a - b
      );
      for (const ratio of ratios) {
        signal?.throwIfAborted();
        const count = Math.min(group.channels - 1, Math.round(ratio * group.channels));
        const removed = order.slice(0, count).sort((a, b) => a - b);
        const alone = new PruningPlan({
          ...plan,
          groups: plan.groups.map((other) => other === group ? { ...other, removed } : other),
        });
        const { loss, accuracy } = await evaluate(prune(model, alone), data, settings);
        await progress.step(++done, group.name);
        yield withoutUndefined({
          group: group.name,
          channels: group.channels,
          removed: count,
          ratio,
          loss,
          accuracy,
        });
      }
    }
  } finally {
    await progress.close(`${ratios.length} ratios each`);
  }
}
