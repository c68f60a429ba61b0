import { countMacs } from "../onnx/count_macs.ts";
import type { Model } from "../onnx/model.ts";
import type { EngineName } from "../runtime/runtime.ts";
import { type Latency, type LatencyOptions, measureLatency } from "./latency.ts";

/** Settings of {@linkcode report}. */
export interface ReportOptions extends Omit<LatencyOptions, "engine" | "batch"> {
  /** Engines to measure latency on. Default: none, so nothing is measured. */
  engines?: readonly EngineName[];
  /** Batches to measure with. Default [1]. */
  batches?: readonly number[];
}

/** What one model costs. */
export interface ModelCosts {
  /** Multiply-accumulates of one example. */
  macs: number;
  /** Learned numbers. */
  parameters: number;
  /** Bytes on disk. */
  bytes: number;
  /** One per engine and batch. */
  latencies: Latency[];
}

/** What a model cost before and costs after. */
export interface CostReport {
  /** Of the model as it was. */
  before: ModelCosts;
  /** Of the model as it is now. */
  after: ModelCosts;
}

/** Counts and measures two models side by side: counts tell nothing of time, so time is measured. */
export async function report(before: Model, after: Model, options: ReportOptions = {}): Promise<CostReport> {
  return { before: await costsOf(before, options), after: await costsOf(after, options) };
}

async function costsOf(model: Model, options: ReportOptions): Promise<ModelCosts> {
  const { engines = [], batches = [1], ...rest } = options;
  const { macs, parameters } = countMacs(model, rest.inputShapes ? { inputShapes: rest.inputShapes } : {});
  const latencies: Latency[] = [];
  for (const engine of engines) {
    for (const batch of batches) latencies.push(await measureLatency(model, { ...rest, engine, batch }));
  }
  return { macs, parameters, bytes: model.toOnnx().length, latencies };
}
