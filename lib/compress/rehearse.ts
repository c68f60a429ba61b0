import type { Model } from "../onnx/model.ts";
import { requireOptions } from "../options.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { stopSignal } from "../stop.ts";
import { byteSize } from "../tensor/arrays.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { keptAnswers, openDistance } from "./allocation/measured.ts";
import { type Calibration, calibrationRun } from "./calibration.ts";
import { chosenGpu } from "./chosen_gpu.ts";
import { startOf } from "./chosen_layers.ts";
import { COMPRESS_OPTIONS, type CompressOptions } from "./compress.ts";
import { compressLayer, scalesOf } from "./compress_layer.ts";
import { makeLogFolder } from "./kept_layers.ts";
import type { LinearLayer } from "./linear_layers.ts";
import { METHODS } from "./methods/methods.ts";
import { productsFor } from "./numeric/on_gpu.ts";
import { methodOf } from "./settings.ts";
import { type Stage, stagesOf } from "./calibrate/stages.ts";

/** What a compression would take: result of {@linkcode rehearse}. */
export interface Rehearsal {
  /** Layers that would be compressed. */
  layers: number;
  /** Weights of these layers. */
  weights: number;
  /** Stages, one after another. */
  stages: number;
  /** Seconds in all, from what the first stage took on one record. */
  seconds: number;
  /** The most bytes that lie in memory at once, as far as they can be told. */
  peakBytes: number;
  /** Bytes at the peak, by what they are for. */
  bytes: {
    /** The model as it was, and the compressed weights beside it. */
    model: number;
    /** What is kept of the calibration data between stages. */
    records: number;
    /** Sums over tokens, of the stage that has the most. */
    statistics: number;
    /** A stage's weights with the engine, and a layer in float64 while it is compressed. */
    work: number;
    /** The model's answers that an allocation keeps, and two that it compares; 0 without one. */
    answers: number;
  };
}

/**
 * Tries a compression out on the first stage and the first record, and tells what all of it would take; for
 * an allocation of bits the whole model answers the first record, too. A folder to keep layers in is made.
 *
 * Layers cost by their sizes: R rows of C weights take R · C² + C³ steps, and the engine R · C for each
 * token.
 *
 * @throws as `compress` does, where it could not be done as asked
 */
export async function rehearse(model: Model, options: CompressOptions): Promise<Rehearsal> {
  requireOptions("rehearse", options, COMPRESS_OPTIONS, '{ method: "magnitude", sparsity: 0.5 }');
  const { stored, allocates, layers, targets } = startOf("rehearse", model, options);
  if (options.log !== undefined) await makeLogFolder(options.log);
  const method = methodOf(options);
  const { calibration = [], held = calibration, order = "blocks", precision = "float32" } = options;
  const signal = stopSignal(options.signal);
  const stages = stagesOf(layers, order);
  const [first] = stages as [Stage, ...Stage[]];
  const cross = METHODS[method].cross ?? false;
  const runtime = calibration.length > 0 ? options.runtime ?? await openRuntime() : undefined;
  const gpu = chosenGpu(options);
  const products = productsFor({ runtime, gpu, precision });
  try {
    const run = runtime &&
      calibrationRun(stored, stages, { records: calibration.slice(0, 1), weightNow: (_, before) => before }, {
        ...{ runtime, cross, gpu, signal },
        float64: precision === "float64",
      });
    const began = performance.now();
    const statistics = await run?.collect(0);
    await run?.advance(0);
    const engineSeconds = (performance.now() - began) / 1000;
    const records = (run?.bytes() ?? 0) * calibration.length;
    const answers = allocates && runtime ? await answersOf(stored, held, runtime, signal) : undefined;
    const compressing = performance.now();
    const compressOne = async (layer: LinearLayer): Promise<void> => {
      signal?.throwIfAborted();
      const before = stored.graph.initializers.get(layer.weight) as Tensor;
      const inputs = statistics?.get(layer.shares);
      const group = first.layers.filter(({ shares }) => shares === layer.shares);
      await compressLayer(layer, before, inputs, {
        ...{ method, hash: "", precision, products, gpu, target: targets.get(layer.weight)! },
        scales: inputs && await scalesOf(group, stored, inputs, { method, targets, products }),
      });
    };
    for (const layer of first.layers) await compressOne(layer);
    const seconds = (performance.now() - compressing) / 1000;
    const share = (of: (layer: LinearLayer) => number) => sum(of, layers) / sum(of, first.layers);
    const steps = runtime ? stepsOf : size;
    const bytes = {
      ...memoryOf(stored, stages, { cross, calibrated: runtime !== undefined }),
      records,
      answers: answers?.bytes ?? 0,
    };
    return {
      layers: layers.length,
      weights: sum(size, layers),
      stages: stages.length,
      seconds: seconds * share(steps) +
        // An allocation sums up what layers see by itself, and runs the model once more for each of them.
        engineSeconds * share(size) * calibration.length * (allocates ? 2 : 1) +
        (answers?.seconds ?? 0) * layers.length,
      peakBytes: Object.values(bytes).reduce((total, each) => total + each, 0),
      bytes,
    };
  } finally {
    await products?.close();
    if (!options.runtime) await runtime?.close();
  }
}

const size = ({ rows, columns }: LinearLayer): number => rows * columns;

/** Steps that a layer takes which is compressed by what its inputs were. */
const stepsOf = (layer: LinearLayer): number => size(layer) * layer.columns + layer.columns ** 3;

function sum(of: (layer: LinearLayer) => number, layers: readonly LinearLayer[]): number {
  return layers.reduce((total, layer) => total + of(layer), 0);
}

/** Bytes of the model, of the sums that a stage needs, and of a stage's weights at work. */
function memoryOf(
  { graph }: Model,
  stages: readonly Stage[],
  { cross, calibrated }: { cross: boolean; calibrated: boolean },
): Pick<Rehearsal["bytes"], "model" | "statistics" | "work"> {
  const layers = stages.flatMap(({ layers }) => layers);
  return {
    model: [...graph.initializers.values()].reduce((total, tensor) => total + byteSize(tensor), 0) +
      4 * sum(size, layers),
    statistics: calibrated ? Math.max(...stages.map((stage) => statisticBytes(stage, cross))) : 0,
    work: Math.max(...stages.map(({ layers }) => 4 * sum(size, layers))) +
      Math.max(...layers.map((layer) => 8 * (5 * size(layer) + (calibrated ? 4 * layer.columns ** 2 : 0)))),
  };
}

/** What the model's answers take in memory, and seconds until all records' are compared once. */
async function answersOf(
  model: Model,
  records: Calibration,
  runtime: Runtime,
  signal: AbortSignal | undefined,
): Promise<{ bytes: number; seconds: number }> {
  const { distance, answerBytes, close } = await openDistance(
    model,
    [],
    records.slice(0, 1),
    { runtime, signal },
  );
  try {
    const began = performance.now();
    await distance({}); // runs the record twice
    const seconds = (performance.now() - began) / 2000;
    const kept = keptAnswers(records.length, answerBytes());
    return { bytes: (kept + 2) * answerBytes(), seconds: (2 * records.length - kept) * seconds };
  } finally {
    await close();
  }
}

/** Sums of products in float64, once for each distinct input, and a record's in float32. */
function statisticBytes({ layers }: Stage, cross: boolean): number {
  const distinct = new Map(layers.map((layer) => [layer.shares, layer]));
  return [...distinct.values()].reduce(
    (sum, { columns, groups }) => sum + groups * columns ** 2 * (8 + 4) * (cross ? 2 : 1),
    0,
  );
}
