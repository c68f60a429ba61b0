import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { measureSideBySide } from "../../prune/latency.ts";
import { planPruning } from "../../prune/plan.ts";
import { prune } from "../../prune/prune.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { TourRow } from "./experiment.ts";

/** One model's latency, in milliseconds: the median of its runs, and the middle half of them. */
export interface LatencyRow {
  series: string;
  macs: number;
  /** Absent for models that were only timed. */
  accuracy?: number;
  median: number;
  low: number;
  high: number;
}

/** Settings of {@linkcode measureAll}. */
export interface MeasureOptions {
  runtime: Runtime;
  /** Timed runs per model. */
  runs: number;
  /** Images per run. Default 64. */
  batch?: number;
  progress: Progress;
}

/**
 * Times the original, all pruned models, and for each target a model whose widths were not rounded, in turns. The
 * original's median comes back as `baseline`.
 */
export async function measureAll(
  model: Model,
  tuned: readonly TourRow[],
  { batch = 64, ...options }: MeasureOptions,
): Promise<{ baseline: number; rows: LatencyRow[] }> {
  const rows: (Omit<LatencyRow, "median" | "low" | "high"> & { model: Model })[] = [
    ...tuned.map((row) => ({ series: row.criterion, macs: row.macs, accuracy: row.tuned, model: row.model })),
    ...[...new Set(tuned.map(({ target }) => target))].map((target) => {
      // How long a model takes does not depend on its weights, so these need no training.
      const odd = prune(model, planPruning(model, { target: { macs: target }, criterion: "group-l2" }));
      return { series: "widths not rounded", macs: countMacs(odd).macs, model: odd };
    }),
  ];
  const models = [model, ...rows.map((row) => row.model)];
  const [first, ...others] = await measureSideBySide(models, { ...options, batch });
  return {
    baseline: first!.median,
    rows: rows.map(({ model: _, ...row }, i) => {
      const { median, quartiles: [low, high] } = others[i]!;
      return { ...row, median, low, high };
    }),
  };
}
