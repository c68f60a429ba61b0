import { omitNames, type OptionNames, requireOptions } from "../options.ts";
import { fileBytes } from "../onnx/codec/encode.ts";
import { countMacs } from "../onnx/count_macs.ts";
import type { Model } from "../onnx/model.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { EngineName, Runtime } from "../runtime/runtime.ts";
import { CostReport, type ModelCosts } from "./cost_report.ts";
import { LATENCY_OPTIONS, type LatencyOptions, measureSideBySide } from "./latency/latency.ts";
import { measureLayers } from "./latency/layer_latency.ts";

/** Settings of {@linkcode report}. */
export interface ReportOptions extends Omit<LatencyOptions, "engine" | "batch"> {
  /** Engines to open and measure latency on. Default: `runtime` alone; without one, nothing is measured. */
  engines?: readonly EngineName[] | undefined;
  /** Batches to measure with. Default: what the models fix, or 1. */
  batches?: readonly number[] | undefined;
  /**
   * Whether to time every layer alone, too, on the first engine and with the first batch: where the time
   * went. Default false.
   */
  layers?: boolean | undefined;
}

/** All options there are. */
const OPTIONS: OptionNames<ReportOptions> = {
  engines: true,
  batches: true,
  layers: true,
  ...omitNames(LATENCY_OPTIONS, "engine", "batch"),
};

/**
 * Counts two models and measures them in turns: counts tell nothing of time, so time is measured.
 *
 * @throws TypeError where an input has a size that is not known
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const costs = await report(mlp({ sizes: [4, 8, 2] }), mlp({ sizes: [4, 4, 2] }), { engines: ["native"] });
 * assert.deepEqual([costs.before.macs, costs.after.macs], [48, 24]);
 * assert.ok(costs.after.latencies[0]!.median > 0); // milliseconds
 * ```
 */
export async function report(before: Model, after: Model, options: ReportOptions = {}): Promise<CostReport> {
  requireOptions("report", options, OPTIONS);
  const { engines = [], runtime } = options;
  const result = new CostReport(costsOf(before, options), costsOf(after, options));
  if (runtime) await addLatencies(result, [before, after], runtime, options);
  for (const engine of engines.filter((name) => name !== runtime?.engine)) {
    const opened = await openRuntime({ engine });
    try {
      await addLatencies(result, [before, after], opened, options);
    } finally {
      await opened.close();
    }
  }
  return result;
}

async function addLatencies(
  result: CostReport,
  models: readonly Model[],
  runtime: Runtime,
  { batches = [], engines: _, layers, ...rest }: ReportOptions,
) {
  for (const batch of batches.length > 0 ? batches : [undefined]) {
    const [before, after] = await measureSideBySide(models, { ...rest, runtime, batch });
    result.before.latencies.push(before!);
    result.after.latencies.push(after!);
  }
  if (!layers || result.layers.length > 0) return;
  const [before, after] = models as [Model, Model];
  result.layers.push(...await measureLayers(before, after, { ...rest, runtime, batch: batches[0] }));
}

function costsOf(model: Model, { inputShapes }: ReportOptions): ModelCosts {
  const counts = countMacs(model, inputShapes ? { inputShapes } : {});
  return { ...counts, bytes: fileBytes(model), latencies: [] };
}
