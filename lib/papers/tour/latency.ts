import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { measureSideBySide } from "../../prune/latency/latency.ts";
import { planPruning } from "../../prune/plan.ts";
import { prune } from "../../prune/prune.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { TourRow } from "./prune_and_tune.ts";

/** One model's latency, in milliseconds: the median of its runs, and the middle half of them. */
export interface LatencyRow {
  /** Name of the model's series. */
  series: string;
  /** Multiply-accumulates of the model. */
  macs: number;
  /** Absent for models that were only timed. */
  accuracy?: number;
  /** Median time of the runs, in milliseconds. */
  median: number;
  /** Lower quartile of the runs, in milliseconds. */
  low: number;
  /** Upper quartile of the runs, in milliseconds. */
  high: number;
}

/** Settings of {@linkcode measureAll}. */
export interface MeasureOptions {
  /** Engine that runs the models. */
  runtime: Runtime;
  /** Timed runs per model. */
  runs: number;
  /** Images per run. Default 64. */
  batch?: number | undefined;
  /** Is told how far the measurement is. */
  progress: Progress;
}

/**
 * Times the original, all pruned models, and for each target a model whose widths were not rounded, in turns.
 * The original's row comes first.
 */
export async function measureAll(
  original: Model,
  tuned: readonly { row: TourRow; model: Model }[],
  { batch = 64, ...options }: MeasureOptions,
): Promise<LatencyRow[]> {
  const cases: { series: string; model: Model; accuracy?: number }[] = [
    { series: "unpruned", model: original },
    ...tuned.map(({ row, model }) => ({ series: row.criterion, model, accuracy: row.tuned })),
    ...[...new Set(tuned.map(({ row }) => row.target))].map((target) => {
      // How long a model takes does not depend on its weights, so these need no training.
      const plan = planPruning(original, { target: { macs: target }, criterion: "group-l2", roundTo: 1 });
      return { series: "widths not rounded", model: prune(original, plan) };
    }),
  ];
  const times = await measureSideBySide(cases.map(({ model }) => model), { ...options, batch });
  return cases.map(({ model, ...row }, i) => {
    const { median, quartiles: [low, high] } = times[i]!;
    return { ...row, macs: countMacs(model).macs, median, low, high };
  });
}
