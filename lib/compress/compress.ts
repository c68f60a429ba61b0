import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import type { Model } from "../onnx/model.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { stopSignal } from "../stop.ts";
import type { AnyTensor, Tensor } from "../tensor/tensor.ts";
import { type Calibration, calibrationHash, calibrationRun } from "./calibration.ts";
import { alphaSparsities } from "./allocation/alpha_sparsities.ts";
import { allocateBits } from "./allocation/allocated_bits.ts";
import type { AllocationRule } from "./allocation/allocate.ts";
import type { Grid } from "./numeric/grid.ts";
import { type KeptLayer, type KeptLayers, makeLogFolder, openKeptLayers, runKey } from "./kept_layers.ts";
import { chosenGpu } from "./chosen_gpu.ts";
import { chosenLayers, meanSparsity, startOf } from "./chosen_layers.ts";
import { compressLayer, type LayerReport, scalesOf } from "./compress_layer.ts";
import { type LinearLayer, writeMatrix } from "./linear_layers.ts";
import { METHODS } from "./methods/methods.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { type Progress, silent } from "../progress.ts";
import { productsFor } from "./numeric/on_gpu.ts";
import { methodOf, TARGET_OPTIONS, type TargetOptions } from "./settings.ts";
import { stagesOf } from "./calibrate/stages.ts";

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
   * How `bits`, then the mean of all weights, are spent on matrices: `"calibrated"`, where rounding costs the
   * model's answers the most, or by one of the controls that this is measured against. With `"alpha"` it is
   * `sparsity`, then the mean of all weights, that differs from block to block, by {@linkcode
   * alphaSparsities}. Default: all alike.
   */
  allocation?: AllocationRule | "alpha" | undefined;
  /**
   * What the model's answers are compared on for an allocation of bits, and of no use without one. Default:
   * `calibration`.
   */
  held?: Calibration | undefined;
  /** Seed of the allocation `"random"`, and of no use without an allocation of bits. Default 0. */
  seed?: number | undefined;
  /**
   * What is collected at once: `"blocks"`, the inputs of a whole block with the block still as it was; or
   * `"layers"`, layer after layer, so that those behind see what those before lost («true sequential»).
   * Default `"blocks"`.
   */
  order?: "blocks" | "layers" | undefined;
  /**
   * In what the model runs on calibration data. Default `"float32"`; everything else is in float64 anyway,
   * but for large products and what a GPU does.
   */
  precision?: "float32" | "float64" | undefined;
  /**
   * A folder in which each layer is kept as it is done: where a run was ended, the next one with the same
   * model, data and settings goes on, to the same result. A layer whose file is damaged is computed again,
   * and its report says so. Default: none.
   */
  log?: string | undefined;
  /** Where it runs. Default: an engine that is opened for this, and closed. */
  runtime?: Runtime | undefined;
  /**
   * A GPU, of `openGpu`, whose kernels sum up what layers see, and prune and round by `"sparsegpt"`,
   * `"gptq"`, `"wanda"` and `"rtn"`, in float32: to what the CPU comes to but for near ties. What no kernel
   * does is done on the CPU. Default: that of `runtime`, where it is on WebGPU; otherwise none.
   */
  gpu?: Gpu | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
  /** Who is told how it goes, once a layer; before that, of an allocation of bits, once a layer tried out. */
  progress?: Progress | undefined;
}

/** Names of {@linkcode CompressOptions}. */
export const COMPRESS_OPTIONS: OptionNames<CompressOptions> = {
  ...TARGET_OPTIONS,
  calibration: true,
  layers: true,
  allocation: true,
  held: true,
  seed: true,
  order: true,
  precision: true,
  log: true,
  runtime: true,
  gpu: true,
  signal: true,
  progress: true,
};

/** Result of {@linkcode compress}. */
export interface CompressResult {
  /**
   * The model with compressed weights: floats, many of them zero, or on the levels of their grids. With
   * calibration data one of an operator set before 18 is raised to that.
   */
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
 * Block by block: the calibration data run up to a block, what its layers see is summed up (the Hessian once
 * for layers that share an input), the layers are compressed, and the data run on through the compressed
 * block, so that later blocks see what earlier ones lost. Of the model only the block's weights are with the
 * engine.
 *
 * @throws {TypeError} where the method cannot do what is asked, no layer is left, or a record lacks an input
 * @throws {RangeError} where a setting is out of bounds, or calibration data are not finite
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const { model, layers } = await compress(mlp({ sizes: [8, 16, 4] }), {
 *   method: "magnitude",
 *   sparsity: 0.5,
 * });
 * assert.deepEqual(layers.map(({ weight }) => weight), ["0.weight", "2.weight"]);
 * assert.deepEqual(layers.map(({ sparsity }) => sparsity), [0.5, 0.5]);
 * assert.equal(model.graph.outputs[0], "logits");
 * ```
 */
export async function compress(model: Model, options: CompressOptions): Promise<CompressResult> {
  requireOptions("compress", options, COMPRESS_OPTIONS, '{ method: "magnitude", sparsity: 0.5 }');
  const { stored } = startOf("compress", model, options);
  if (options.log !== undefined) await makeLogFolder(options.log);
  const { allocation, ...rest } = options;
  if (allocation === undefined) return await compressAll(stored, rest);
  if (allocation === "alpha") {
    const sparsity = alphaSparsities(stored, meanSparsity(options), { layers: options.layers });
    return await compressAll(stored, { ...rest, sparsity });
  }
  const gpu = chosenGpu(options);
  const runtime = options.runtime ?? await openRuntime();
  try {
    const { bits, sensitivities } = await allocateBits(stored, { ...rest, runtime, gpu }, allocation);
    const result = await compressAll(stored, { ...rest, runtime, bits });
    for (const layer of result.layers) layer.sensitivity = sensitivities[layer.weight]!;
    return result;
  } finally {
    if (!options.runtime) await runtime.close();
  }
}

/** Compresses with targets that are known for every layer. */
async function compressAll(stored: Model, options: CompressOptions): Promise<CompressResult> {
  const method = methodOf(options);
  const { calibration = [], order = "blocks", precision = "float32", log, progress = silent } = options;
  const [signal, gpu] = [stopSignal(options.signal), chosenGpu(options)];
  const { layers, targets } = chosenLayers(stored, options);
  const hash = calibration.length > 0 ? calibrationHash(calibration) : undefined;
  const weights = new Map<string, AnyTensor>(stored.graph.initializers);
  const exact = new Map<string, Float64Array>(); // compressed weights before they are stored, for float64
  const reports = new Map<string, LayerReport>();
  const grids: Record<string, readonly Grid[]> = {};
  const stages = stagesOf(layers, order);
  const byName = new Map(layers.map((layer) => [layer.weight, layer]));
  const asked = [...targets].map(([name, target]) => [name, { ...target }]);
  const key = () => runKey(stored, { method, order, precision, hash, targets: asked });
  const kept = log === undefined ? undefined : await openKeptLayers<LayerReport>(log, key());
  const runtime = hash === undefined ? undefined : options.runtime ?? await openRuntime();
  const products = productsFor({ runtime, gpu, precision });
  try {
    await progress.start("Compressing layers", layers.length);
    const weightNow = (name: string, before: Tensor): Tensor => {
      if (precision === "float32") return weights.get(name) as Tensor;
      return exact.has(name) ? writeMatrix(byName.get(name)!, exact.get(name)!, before) : before;
    };
    const learning = { float64: precision === "float64", cross: METHODS[method].cross ?? false, gpu, signal };
    const run = runtime &&
      calibrationRun(stored, stages, { records: calibration, weightNow }, { runtime, ...learning });
    for (const [i, stage] of stages.entries()) {
      const { known, damaged } = await readKept(kept, stage.layers);
      const statistics = known.size < stage.layers.length ? await run?.collect(i) : undefined;
      const scales = new Map<string, Float64Array | undefined>(); // of inputs, by `shares`
      for (const layer of stage.layers) {
        signal?.throwIfAborted();
        const before = stored.graph.initializers.get(layer.weight) as Tensor;
        const { shares } = layer;
        const inputs = statistics?.get(shares);
        if (inputs && !scales.has(shares)) {
          const group = stage.layers.filter((other) => other.shares === shares);
          scales.set(shares, await scalesOf(group, stored, inputs, { method, targets, products }));
        }
        const done = known.get(layer.weight) ?? await compressLayer(layer, before, inputs, {
          ...{ method, hash, precision, products, gpu, scales: scales.get(shares) },
          target: targets.get(layer.weight)!,
        });
        if (!known.has(layer.weight)) await kept?.write(layer.weight, done);
        if (precision === "float64") exact.set(layer.weight, done.weight);
        weights.set(layer.weight, writeMatrix(layer, done.weight, before));
        if (done.grids.length > 0) grids[layer.weight] = done.grids;
        reports.set(layer.weight, toldAgain(done.report, damaged.get(layer.weight)));
        await progress.step(reports.size, layer.weight);
      }
      if (i < stages.length - 1) await run?.advance(i);
    }
  } finally {
    await products?.close();
    if (!options.runtime) await runtime?.close();
    await progress.close();
  }
  return {
    model: stored.withGraph({ ...stored.graph, initializers: weights }),
    layers: layers.map(({ weight }) => reports.get(weight)!),
    grids,
  };
}

/** The layers that an earlier run kept, and the files among them that could not be read. */
async function readKept(
  kept: KeptLayers<LayerReport> | undefined,
  layers: readonly LinearLayer[],
): Promise<{ known: Map<string, KeptLayer<LayerReport>>; damaged: Map<string, string> }> {
  const known = new Map<string, KeptLayer<LayerReport>>();
  const damaged = new Map<string, string>();
  for (const layer of layers) {
    const found = await kept?.read(layer, (problem) => damaged.set(layer.weight, problem));
    if (found) known.set(layer.weight, found);
  }
  return { known, damaged };
}

/** The report with a warning where the layer's file was damaged: this run's, so that the file has it not. */
function toldAgain(report: LayerReport, problem: string | undefined): LayerReport {
  if (problem === undefined) return report;
  const warning = `What was kept of it could not be read, and it was computed again: ${problem}`;
  return { ...report, warnings: [...report.warnings, warning] };
}
