import { gemm } from "../../kernels/webgpu/linear/gemm.ts";
import type { Model } from "../onnx/model.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { stopSignal } from "../stop.ts";
import { type AnyTensor, Tensor } from "../tensor/tensor.ts";
import { type Calibration, calibrationHash, type CalibrationRun, calibrationRun } from "./calibration.ts";
import type { Grid } from "./grid.ts";
import { type LinearLayer, linearLayers, readMatrix, writeMatrix } from "./linear_layers.ts";
import type { Compressed, Target } from "./methods/method.ts";
import { type MethodName, METHODS } from "./methods/methods.ts";
import { type TargetOptions, targetsOf } from "./settings.ts";
import { stagesOf } from "./stages.ts";
import type { InputStatistics } from "./statistics.ts";

/** Settings of {@linkcode compress}. */
export interface CompressOptions extends TargetOptions {
  /**
   * What the model is fed with to learn what its layers see: one record of tensors by the names of its inputs
   * for each sequence. `"magnitude"` and `"rtn"` do without, and then say nothing of what was lost.
   */
  calibration?: Calibration | undefined;
  /** Which layers are compressed, by the names of their weights. Default: all of {@linkcode linearLayers}. */
  layers?: ((weight: string) => boolean) | undefined;
  /**
   * What is collected at once: `"blocks"`, the inputs of a whole block with the block still as it was; or
   * `"layers"`, layer after layer, so that those behind see what those before lost («true sequential»). Default
   * `"blocks"`.
   */
  order?: "blocks" | "layers" | undefined;
  /** In what the model runs on calibration data. Default `"float32"`; everything else is in float64 anyway. */
  precision?: "float32" | "float64" | undefined;
  /** Where it runs. Default: an engine that is opened for this, and closed. */
  runtime?: Runtime | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
  /** Hears of each layer that is done. */
  onProgress?: ((layer: LayerReport, done: number, all: number) => void | Promise<void>) | undefined;
}

/** What became of a layer. */
export interface LayerReport {
  /** Name of the weight. */
  weight: string;
  /** Output features. */
  rows: number;
  /** Weights of a row. */
  columns: number;
  /** How it was compressed. */
  method: MethodName;
  /** Bits of a weight; absent where weights were not rounded. */
  bits?: number;
  /** Weights that share a scale; absent where all of a row do. */
  groupSize?: number;
  /** Part of the weights that is zero now. */
  sparsity: number;
  /** ½ tr(ΔW H ΔWᵀ), H = 2/n Σ x xᵀ over the tokens x of n sequences; absent without calibration data. */
  loss?: number;
  /** The same as a share of ½ tr(W H Wᵀ): the mean square of the output's error, relative to the output's. */
  relativeLoss?: number;
  /** What the Hessian was damped with at last, where the method has one. */
  damping?: number;
  /** Inputs that were zero on all calibration data. */
  deadInputs?: number;
  /** SHA-256 of the calibration data, in hex. */
  calibration?: string;
  /** What should be known before the result is trusted, in sentences. */
  warnings: string[];
}

/** Result of {@linkcode compress}. */
export interface CompressResult {
  /** The model with compressed weights: floats, many of them zero, or on the levels of their grids. */
  model: Model;
  /** What became of each layer, in the order of the graph. */
  layers: LayerReport[];
  /** The levels of the weights that were rounded, by the layers' names; one grid for each group. */
  grids: Record<string, readonly Grid[]>;
}

/**
 * Compresses the linear layers of any model in one shot: sets weights to zero, or rounds them, so that the
 * layers' outputs on calibration data change little. Nothing is trained.
 *
 * Block by block: the calibration data run up to a block, what its layers see is summed up (the Hessian once for
 * layers that share an input), the layers are compressed, and the data run on through the compressed block, so
 * that later blocks see what earlier ones lost. Of the model only the block's weights are with the engine.
 *
 * @throws {TypeError} where the method cannot do what is asked, no layer is left, or a record lacks an input
 * @throws {RangeError} where a setting is out of bounds, or calibration data are not finite
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const { model, layers } = await compress(mlp({ sizes: [8, 16, 4] }), { method: "magnitude", sparsity: 0.5 });
 * assert.deepEqual(layers.map(({ weight, sparsity }) => [weight, sparsity]), [["0.weight", 0.5], ["2.weight", 0.5]]);
 * assert.equal(model.graph.outputs[0], "logits");
 * ```
 */
export async function compress(model: Model, options: CompressOptions): Promise<CompressResult> {
  const { method, calibration = [], order = "blocks", precision = "float32", onProgress } = options;
  const signal = stopSignal(options.signal);
  const stored = constantsToInitializers(model);
  const found = linearLayers(stored);
  const targets = targetsOf(found.map(({ weight }) => weight), options);
  const layers = found.filter(({ weight }) => targets.has(weight) && (options.layers?.(weight) ?? true));
  if (layers.length === 0) {
    throw new TypeError(
      `Cannot compress: none of the model's ${found.length} linear layers was chosen` +
        (found.length > 0
          ? `, which are ${found.slice(0, 3).map(({ weight }) => weight).join(", ")}, …`
          : ""),
    );
  }
  if (METHODS[method].calibrated && calibration.length === 0) {
    throw new TypeError(
      `Cannot compress by "${method}" without calibration data: give calibration, a record of the model's inputs ` +
        "for each sequence",
    );
  }
  const weights = new Map<string, AnyTensor>(stored.graph.initializers);
  const exact = new Map<string, Float64Array>(); // compressed weights before they are stored
  const reports = new Map<string, LayerReport>();
  const grids: Record<string, readonly Grid[]> = {};
  const hash = calibration.length > 0 ? calibrationHash(calibration) : undefined;
  const stages = stagesOf(layers, order);
  const byName = new Map(layers.map((layer) => [layer.weight, layer]));
  const runtime = hash === undefined ? undefined : options.runtime ?? await openRuntime();
  try {
    const run: CalibrationRun | undefined = runtime && calibrationRun(
      stored,
      stages,
      calibration,
      (name, before) => exact.has(name) ? writeMatrix(byName.get(name)!, exact.get(name)!, before) : before,
      { runtime, float64: precision === "float64", signal },
    );
    for (const [i, stage] of stages.entries()) {
      const statistics = await run?.collect(i);
      for (const layer of stage.layers) {
        signal?.throwIfAborted();
        const before = stored.graph.initializers.get(layer.weight) as Tensor;
        const target = targets.get(layer.weight)!;
        const inputs = statistics?.get(layer.shares);
        const weight = readMatrix(layer, before);
        const { result, parts } = compressLayer(layer, weight, inputs, method, target);
        const after = writeMatrix(layer, result, before);
        weights.set(layer.weight, after);
        exact.set(layer.weight, precision === "float64" ? result : readMatrix(layer, after));
        const levels = parts.flatMap(({ grid }) => grid ? [grid] : []);
        if (levels.length > 0) grids[layer.weight] = levels;
        const report = reportOf(layer, weight, exact.get(layer.weight)!, inputs, {
          method,
          target,
          parts,
          hash,
        });
        reports.set(layer.weight, report);
        await onProgress?.(report, reports.size, layers.length);
      }
      if (i < stages.length - 1) await run?.advance(i);
    }
  } finally {
    if (!options.runtime) await runtime?.close();
  }
  return {
    model: stored.withGraph({ ...stored.graph, initializers: weights }),
    layers: layers.map(({ weight }) => reports.get(weight)!),
    grids,
  };
}

/** Compresses a layer's matrix, or group by group those of a convolution. */
function compressLayer(
  { rows, columns, groups }: LinearLayer,
  weight: Float64Array,
  inputs: readonly InputStatistics[] | undefined,
  method: MethodName,
  target: Target,
): { result: Float64Array; parts: Compressed[] } {
  const size = weight.length / groups;
  const parts = Array.from({ length: groups }, (_, group) =>
    METHODS[method].run({
      weight: weight.subarray(group * size, (group + 1) * size),
      rows: rows / groups,
      columns,
      inputs: inputs?.[group],
    }, target));
  const result = new Float64Array(weight.length);
  parts.forEach((part, group) => result.set(part.weight, group * size));
  return { result, parts };
}

function reportOf(
  { weight: name, rows, columns, groups }: LinearLayer,
  before: Float64Array,
  after: Float64Array,
  inputs: readonly InputStatistics[] | undefined,
  { method, target, parts, hash }: {
    method: MethodName;
    target: Target;
    parts: readonly Compressed[];
    hash: string | undefined;
  },
): LayerReport {
  const report: LayerReport = {
    ...{ weight: name, rows, columns, method },
    ...target.bits !== undefined && { bits: target.bits },
    ...target.groupSize !== undefined && { groupSize: target.groupSize },
    sparsity: after.reduce((count, value) => count + Number(value === 0), 0) / after.length,
    warnings: [],
  };
  const damping = Math.max(...parts.map((part) => part.damping ?? -1));
  if (damping >= 0) report.damping = damping;
  if (damping > target.damping) {
    report.warnings.push(
      `The Hessian was not positive definite with damping ${target.damping}: it took ${damping}; calibrate on more data`,
    );
  }
  if (!inputs) return report;
  const size = before.length / groups;
  let [lost, all, dead] = [0, 0, 0];
  inputs.forEach(({ gram, sequences }, group) => {
    const [from, to] = [group * size, (group + 1) * size];
    const change = before.subarray(from, to).map((value, i) => value - after[from + i]!);
    lost += outputSquares(change, gram, columns) / sequences;
    all += outputSquares(before.subarray(from, to), gram, columns) / sequences;
    for (let j = 0; j < columns; j++) dead += Number(gram[j * columns + j] === 0);
  });
  Object.assign(report, {
    loss: lost,
    relativeLoss: all > 0 ? lost / all : 0,
    deadInputs: dead,
    calibration: hash!,
  });
  const tokens = inputs[0]!.tokens;
  if (damping >= 0 && tokens < columns) {
    report.warnings.push(
      `${tokens} calibration tokens for ${columns} inputs: the Hessian has no full rank; give more data`,
    );
  }
  return report;
}

/** Σ ‖W x‖² over tokens: tr(W G Wᵀ), G = Σ x xᵀ. */
export function outputSquares(weight: Float64Array, gram: Float64Array, columns: number): number {
  const rows = weight.length / columns;
  const product = new Float64Array(weight.length);
  gemm(
    { data: product, row: columns, column: 1 },
    { data: weight, row: columns, column: 1 },
    { data: gram, row: columns, column: 1 },
    { m: rows, n: columns, k: columns },
  );
  let sum = 0;
  for (let i = 0; i < weight.length; i++) sum += product[i]! * weight[i]!;
  return sum;
}
