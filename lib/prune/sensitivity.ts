import type { Model } from "../onnx/model.ts";
import type { TrainingData } from "../train/batches.ts";
import { evaluate, type EvaluateOptions } from "../train/evaluate.ts";
import type { Criterion } from "./criteria/criterion.ts";
import type { CriterionName } from "./criteria/table.ts";
import { planPruning, PruningPlan } from "./plan.ts";
import { prune } from "./prune.ts";

/** Settings of {@linkcode sensitivity}. */
export interface SensitivityOptions extends EvaluateOptions {
  /** What goes first. Default "group-l2". */
  criterion?: CriterionName | Criterion;
  /** Fractions of a group's channels to remove. Default [0.25, 0.5, 0.75]. */
  ratios?: readonly number[];
  /** Called before each row. */
  progress?: (done: number, total: number) => void;
}

/** How well the model does with one group alone pruned. */
export interface SensitivityRow {
  group: string;
  channels: number;
  removed: number;
  ratio: number;
  loss: number;
  accuracy?: number;
}

/** Prunes each group alone at several ratios and evaluates what is left, one row at a time. */
export async function* sensitivity(
  model: Model,
  data: TrainingData,
  options: SensitivityOptions = {},
): AsyncIterable<SensitivityRow> {
  const { criterion = "group-l2", ratios = [0.25, 0.5, 0.75], progress, ...settings } = options;
  const plan = planPruning(model, { target: { bytes: 1 }, criterion });
  const total = plan.groups.length * ratios.length;
  let done = 0;
  for (const group of plan.groups) {
    const order = [...group.importance.keys()].sort((a, b) =>
      group.importance[a]! - group.importance[b]! || a - b
    );
    for (const ratio of ratios) {
      settings.signal?.throwIfAborted();
      progress?.(done++, total);
      const count = Math.min(group.channels - 1, Math.round(ratio * group.channels));
      const removed = order.slice(0, count).sort((a, b) => a - b);
      const alone = new PruningPlan({
        ...plan,
        groups: plan.groups.map((other) => other === group ? { ...other, removed } : other),
      });
      const { loss, accuracy } = await evaluate(prune(model, alone), data, settings);
      yield {
        group: group.name,
        channels: group.channels,
        removed: count,
        ratio,
        loss,
        ...accuracy === undefined ? {} : { accuracy },
      };
    }
  }
}
