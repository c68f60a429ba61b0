import { requireOptions } from "../../options.ts";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { magnitudeMasks, maskWeights } from "../../sparse/masks.ts";
import type { ExampleSource } from "../../train/batches.ts";
import { evaluate } from "../../train/evaluate.ts";
import { evaluationBatch } from "./evaluation_batch.ts";
import {
  PROGRESSIVE_OPTIONS,
  type ProgressiveOptions,
  progressivePruning,
} from "../../metanet/progressive_pruning.ts";

/** A point of a curve: how much is gone, and what is left of the accuracy. */
export interface CurvePoint {
  /** Name of the curve. */
  series: string;
  /** Reduction of multiply-accumulates, or the part of weights that is zero. */
  x: number;
  /** 0 to 1. */
  accuracy: number;
}

/** Settings of the curves. */
export interface CurveSettings extends ProgressiveOptions {
  /** Engine that runs the networks. */
  runtime?: Runtime | undefined;
  /** Stops the measurement. */
  signal?: AbortSignal | undefined;
}

/**
 * Accuracy of models while progressive pruning takes their channels, without training: at the first stage
 * that reaches each reduction.
 */
export async function pruningCurves(
  models: Readonly<Record<string, Model>>,
  data: ExampleSource,
  reductions: readonly number[],
  settings: CurveSettings = {},
): Promise<CurvePoint[]> {
  requireOptions("pruningCurves", settings, { ...PROGRESSIVE_OPTIONS, runtime: true, signal: true });
  const { runtime, signal, ...options } = settings;
  const points: CurvePoint[] = [];
  for (const [series, model] of Object.entries(models)) {
    for (const { asked, model: pruned } of stagesAt(model, reductions, options)) {
      signal?.throwIfAborted();
      points.push({ series, x: asked, accuracy: await accuracyOf(pruned, data, runtime) });
    }
  }
  return points;
}

/**
 * The first stages of progressive pruning that reach each reduction, as far as they can be reached; 1 is the
 * model itself.
 */
export function* stagesAt(
  model: Model,
  reductions: readonly number[],
  options: ProgressiveOptions = {},
): Generator<{ asked: number; reduction: number; model: Model }> {
  const whole = countMacs(model).macs;
  const wanted = reductions.toSorted((a, b) => a - b);
  while (wanted[0] !== undefined && wanted[0] <= 1) yield { asked: wanted.shift()!, reduction: 1, model };
  for (const stage of progressivePruning(model, options)) {
    const reduction = whole / countMacs(stage.model).macs;
    while (wanted[0] !== undefined && wanted[0] <= reduction) {
      yield { asked: wanted.shift()!, reduction, model: stage.model };
    }
    if (wanted.length === 0) return;
  }
}

/**
 * Accuracy of models whose smallest weights, of all layers together, become zero: pruning without structure.
 */
export async function magnitudeCurves(
  models: Readonly<Record<string, Model>>,
  data: ExampleSource,
  parts: readonly number[],
  { runtime, signal }: Pick<CurveSettings, "runtime" | "signal"> = {},
): Promise<CurvePoint[]> {
  const points: CurvePoint[] = [];
  for (const [series, model] of Object.entries(models)) {
    for (const part of parts) {
      signal?.throwIfAborted();
      const thinned = maskWeights(model, magnitudeMasks(model, part, { scope: "global" }));
      points.push({
        series,
        x: part,
        accuracy: await accuracyOf(thinned, data, runtime),
      });
    }
  }
  return points;
}

async function accuracyOf(model: Model, data: ExampleSource, runtime: Runtime | undefined): Promise<number> {
  return (await evaluate(model, data, { runtime, batchSize: evaluationBatch(model) })).accuracy!;
}
