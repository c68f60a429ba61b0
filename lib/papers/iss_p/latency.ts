import { type OptionNames, requireOptions } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import { measureSideBySide } from "../../prune/latency/latency.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { magnitudeMasks, maskWeights } from "../../sparse/masks.ts";
import { pruneTo, shapesOf } from "./structured.ts";

/** How long a network takes when so much of it is gone. */
export interface LatencyRow {
  /** Part that is gone, and how the rest is run. */
  series: "zeros, run densely" | "zeros skipped" | "whole channels gone" | "ideal";
  /** Share of the multiply-adds that is zero, or gone. */
  sparsity: number;
  /** Milliseconds: the median of the runs and the middle half of them. */
  median: number;
  /** Lower quartile of the runs, in milliseconds. */
  low: number;
  /** Upper quartile of the runs, in milliseconds. */
  high: number;
}

/** Settings of {@linkcode measureSparse}. */
export interface SparseLatencyOptions {
  /** Engine that runs the models. */
  runtime: Runtime;
  /** Sparsities to measure, 0 to 1. */
  sparsities: readonly number[];
  /** Timed runs per model. */
  runs: number;
  /** Side of the low-resolution image. Default 128. */
  size?: number | undefined;
  /** Is told how far the measurement is. */
  progress: Progress;
}

const SPARSE_LATENCY_OPTIONS: OptionNames<SparseLatencyOptions> = {
  runtime: true,
  sparsities: true,
  runs: true,
  size: true,
  progress: true,
};

/**
 * Times a network whole, with zeros among its weights, and with channels taken out to the same number of
 * multiply-adds, all in turns. "ideal" is the whole network's time times what is left of its multiply-adds.
 */
export async function measureSparse(
  model: Model,
  options: SparseLatencyOptions,
): Promise<LatencyRow[]> {
  requireOptions("measureSparse", options, SPARSE_LATENCY_OPTIONS);
  const { runtime, sparsities, runs, size = 128, progress } = options;
  const rows: { series: LatencyRow["series"]; sparsity: number; model: Model }[] = sparsities.flatMap(
    (sparsity) => {
      const zeros = maskWeights(model, magnitudeMasks(model, sparsity));
      const smaller = tryPrune(model, 1 - sparsity);
      return [
        { series: "zeros, run densely" as const, sparsity, model: zeros },
        ...smaller ? [{ series: "whole channels gone" as const, sparsity, model: smaller }] : [],
      ];
    },
  );
  const input = model.graph.inputs[0]!;
  const channels = shapesOf(model).inputShapes[input]![1]!;
  const [whole, ...times] = await measureSideBySide([model, ...rows.map((row) => row.model)], {
    runtime,
    runs,
    inputShapes: { [input]: [1, channels, size, size] },
    progress,
  });
  const measured = rows.map(({ series, sparsity }, i): LatencyRow => {
    const { median, quartiles: [low, high] } = times[i]!;
    return { series, sparsity, median, low, high };
  });
  const [low, high] = whole!.quartiles;
  const start = (["zeros, run densely", "whole channels gone", "ideal"] as const)
    .map((series): LatencyRow => ({ series, sparsity: 0, median: whole!.median, low, high }));
  const ideal = sparsities.map((sparsity): LatencyRow => {
    const median = (1 - sparsity) * whole!.median;
    return { series: "ideal", sparsity, median, low: median, high: median };
  });
  return [...start, ...measured, ...ideal];
}

/**
 * The smallest that channels can be pruned to may be more than what is asked for: then there is no such
 * model.
 */
function tryPrune(model: Model, macs: number): Model | undefined {
  try {
    return pruneTo(model, macs);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
