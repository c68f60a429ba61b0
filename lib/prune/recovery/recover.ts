import { counted } from "../../amounts.ts";
import { requireNumbers } from "../../bounds.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import {
  factorsOf,
  type LinearLayer,
  linearLayers,
  readMatrix,
  writeMatrix,
} from "../../compress/linear_layers.ts";
import { inferShapes } from "../../onnx/infer_shapes.ts";
import type { Model } from "../../onnx/model.ts";
import { constantsToInitializers } from "../../onnx/passes/constants_to_initializers.ts";
import { consumers } from "../../onnx/topology.ts";
import { upgradeOpset } from "../../onnx/upgrade.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { type Progress, silent } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { stopSignal } from "../../stop.ts";
import { isTensor, numbersOf, type Tensor, tensorOf } from "../../tensor/tensor.ts";
import { arrayLike, arrayOf } from "../../tensor/arrays.ts";
import type { TrainingData } from "../../train/batches.ts";
import { withRuntime } from "../../train/with_runtime.ts";
import { channelGroups } from "../channel_groups.ts";
import { inputBatches } from "../measured/input_batches.ts";
import { ridgeSolution } from "./least_squares.ts";
import { observe, type Observed } from "./observe.ts";
import { permuted, untransposed } from "./untransposed_weights.ts";
import type { PruningPlan } from "../pruning_plan.ts";
import { removalOf } from "../removal.ts";

/** Settings of {@linkcode recover}. */
export interface RecoverOptions {
  /** Added to the diagonal of the normal equations, as a part of its mean. Default 1e-4. */
  ridge?: number | undefined;
  /** Examples that are run at a time, where the model does not fix it. Default 128. */
  batchSize?: number | undefined;
  /** Where the models run. Default: one is opened. */
  runtime?: Runtime | undefined;
  /** Who is told how it goes, once a layer. Default: nobody. */
  progress?: Progress | undefined;
  /** Ends it between two batches. */
  signal?: AbortSignal | undefined;
}

/** All options there are. */
const OPTIONS: OptionNames<RecoverOptions> = {
  ridge: true,
  batchSize: true,
  runtime: true,
  progress: true,
  signal: true,
};

/** What became of a layer. */
export interface RecoveredLayer {
  /** Name of its weight. */
  weight: string;
  /** Squared difference of its output from that in the original, as a part of that output's squares. */
  before: number;
  /** Squared difference with the weights that the layer has now, as in `before`. */
  after: number;
}

/** A pruned model with new weights, and what came of it: result of {@linkcode recover}. */
export interface Recovered {
  /** The model. */
  model: Model;
  /** What became of the layers, in the order of the graph. */
  layers: RecoveredLayer[];
}

/**
 * Gives what a pruned model has left the weights with which each layer comes closest to what it gave in the
 * original, from a few examples and without a gradient: least squares over the inputs that it has now, layer
 * by layer, so that later ones make up for what earlier ones could not. Weights of Conv, Gemm and MatMul and
 * the biases behind them change; a layer that would not come closer on the examples keeps what it has.
 *
 * Where rows of a vocabulary went, the data are ids of the pruned model.
 *
 * Source of the idea: Y. He, X. Zhang, J. Sun, "Channel pruning for accelerating very deep neural networks",
 * ICCV 2017, equation 4, with a ridge towards the weights that are there.
 *
 * @param model the original
 * @param smaller what `prune(model, plan)` gave
 * @throws TypeError where the plan is of another model, or the data lack an input; RangeError where the ridge
 * is negative
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../../nn/mlp.ts";
 * import { float32, int64 } from "../../tensor/tensor.ts";
 * import { planPruning } from "../plan.ts";
 * import { prune } from "../prune.ts";
 *
 * const model = mlp({ sizes: [2, 8, 2] });
 * const plan = planPruning(model, { target: { macs: 0.5 } });
 * const data = { inputs: float32([0, 1, 1, 0, 1, 1, -1, 2], [4, 2]), targets: int64([0, 1, 0, 1]) };
 * const { layers } = await recover(model, prune(model, plan), plan, data);
 * assert.ok(layers.at(-1)!.after < layers.at(-1)!.before);
 * ```
 */
export async function recover(
  model: Model,
  smaller: Model,
  plan: PruningPlan,
  data: TrainingData,
  options: RecoverOptions = {},
): Promise<Recovered> {
  requireOptions("recover", options, OPTIONS);
  const { ridge = 1e-4, batchSize, runtime, progress = silent } = options;
  requireNumbers("recover", { ridge }, { from: 0 });
  const signal = stopSignal(options.signal);
  const groups = channelGroups(model, plan?.kinds);
  const removal = removalOf(groups, plan, "recover");
  const stored = constantsToInitializers(smaller);
  const { working, turned } = untransposed(recent(stored));
  const teacher = new Set(groups.model.graph.nodes.flatMap(({ outputs }) => outputs));
  const layers = linearLayers(working).map((layer) => ({ layer, ...outputOf(layer, working) }))
    .filter(({ layer, output }) => teacher.has(output) && factorsOf(layer).alpha !== 0);
  let now = working;
  const told: RecoveredLayer[] = [];
  await progress.start(`Recovering ${counted(layers.length, "layer")}`, layers.length);
  try {
    await withRuntime(runtime, async (engine) => {
      for (const { layer, output, bias } of layers) {
        const seen = await observe({ layer, output, bias, now, groups, removal }, {
          engine,
          batches: inputBatches(smaller, data, { action: "recover", batchSize }),
          signal,
        });
        const { tensors, errors } = solve({ layer, bias }, now, seen, ridge);
        now = now.withGraph({
          ...now.graph,
          initializers: new Map([...now.graph.initializers, ...tensors]),
        });
        told.push({ weight: turned.get(layer.weight)?.tensor ?? layer.weight, ...errors });
        await progress.step(told.length, layer.weight);
      }
    });
  } finally {
    await progress.close(counted(told.length, "layer"));
  }
  const initializers = new Map(stored.graph.initializers);
  for (const name of initializers.keys()) {
    initializers.set(name, now.graph.initializers.get(name) ?? initializers.get(name)!);
  }
  for (const [name, { tensor, perm }] of turned) {
    initializers.set(
      tensor,
      permuted(now.graph.initializers.get(name) as Tensor, perm.map((_, i) => perm.indexOf(i))),
    );
  }
  return { model: stored.withGraph({ ...stored.graph, initializers }), layers: told };
}

/** A model in an operator set that the nodes which look at it exist in, with shapes. */
function recent(model: Model): Model {
  return inferShapes((model.info.opsets[""] ?? 1) < 15 ? upgradeOpset(model) : model);
}

/** What a layer gives, with the bias that only it adds, where it has one. */
function outputOf(layer: LinearLayer, { graph }: Model): { output: string; bias: string | undefined } {
  const { node, rows, op } = layer;
  const uses = consumers(graph);
  const own = (name: string | undefined) => {
    const tensor = graph.initializers.get(name ?? "");
    return tensor && isTensor(tensor) && tensor.dims.length === 1 && tensor.dims[0] === rows &&
      uses.get(name!)?.length === 1;
  };
  const [output] = node.outputs as [string];
  if (op !== "MatMul") {
    const counts = own(node.inputs[2]) && factorsOf(layer).beta !== 0;
    return { output, bias: counts ? node.inputs[2] : undefined };
  }
  const readers = uses.get(output) ?? [];
  const [add] = readers.map(({ node }) => node);
  const bias = readers.length === 1 && add && operatorOf(add) === "Add" && !graph.outputs.includes(output)
    ? add.inputs.find(own)
    : undefined;
  return bias ? { output: add!.outputs[0]!, bias } : { output, bias: undefined };
}

/** New weights of a layer, as it stores them, and how far it is from the original before and after. */
function solve(
  { layer, bias }: { layer: LinearLayer; bias: string | undefined },
  { graph }: Model,
  { gram, cross, squares, missing }: Observed,
  ridge: number,
): { tensors: [string, Tensor][]; errors: Omit<RecoveredLayer, "weight"> } {
  const { columns, groups } = layer;
  const { alpha, beta } = factorsOf(layer);
  const n = columns + (bias ? 1 : 0);
  const weight = graph.initializers.get(layer.weight) as Tensor;
  const matrix = readMatrix(layer, weight);
  const shift = bias ? Float64Array.from(numbersOf(graph.initializers.get(bias) as Tensor)) : undefined;
  const rows = layer.rows / groups;
  let gained = 0;
  for (let group = 0; group < groups; group++) {
    const change = ridgeSolution(gram[group]!, cross[group]!, n, ridge);
    const gain = gainOf(change, gram[group]!, cross[group]!, n);
    if (!(gain > 0)) continue;
    gained += gain;
    for (let r = 0; r < rows; r++) {
      const row = group * rows + r;
      for (let j = 0; j < columns; j++) matrix[row * columns + j]! += change[r * n + j]! / alpha;
      if (shift) shift[row]! += change[r * n + columns]! / beta;
    }
  }
  const part = (error: number) => squares === 0 ? 0 : Math.max(0, error) / squares;
  const errors = { before: part(missing), after: part(missing - gained) };
  // Rounding is no reason to change anything.
  if (gained <= 1e-12 * squares) return { tensors: [], errors: { ...errors, after: errors.before } };
  const tensors: [string, Tensor][] = [[layer.weight, writeMatrix(layer, matrix, weight)]];
  if (shift) {
    const before = graph.initializers.get(bias!) as Tensor;
    tensors.push([bias!, tensorOf(before.type, arrayLike(arrayOf(before), shift), before.dims)]);
  }
  return { tensors, errors };
}

/** By how much a change of weights brings the squared error down: 2 · tr(Δ · Rᵀ) − tr(Δ · G · Δᵀ). */
function gainOf(change: Float64Array, gram: Float64Array, cross: Float64Array, n: number): number {
  let gain = 0;
  for (let row = 0; row < change.length; row += n) {
    for (let i = 0; i < n; i++) {
      let product = 0;
      for (let j = 0; j < n; j++) product += gram[i * n + j]! * change[row + j]!;
      gain += change[row + i]! * (2 * cross[row + i]! - product);
    }
  }
  return gain;
}
