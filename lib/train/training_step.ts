import { COUNT, requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { type Weight, weightsOf } from "../nn/weights.ts";
import { fuseGelu } from "../onnx/passes/fuse_gelu.ts";
import { inFloat32, inTypeOf } from "../onnx/passes/in_float32.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Shape } from "../onnx/dim.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { backward } from "../onnx/gradients.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { untieMerged } from "../onnx/passes/untie_merged.ts";
import type { Model } from "../onnx/model.ts";
import { int64, isTensor, scalar, type Tensor } from "../tensor/tensor.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { emptyRecord, own } from "../own.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { lowerTrainingBatchNorms } from "./norms/batch_norm.ts";
import { crossEntropy, type Loss, requireLoss } from "./losses.ts";
import { type Built, type StepMemory, withinMemory } from "./memory/memory_budget.ts";
import {
  clipByGlobalNorm,
  type Optimizer,
  type ParameterGroups,
  requireOptimizer,
  sgd,
} from "./optimizers.ts";
import {
  accumulateGradients,
  addAverages,
  addUpdates,
  addWeightDecay,
  carryStatistics,
  closeStep,
  type StepGraph,
  type Told,
  zerosLike,
} from "./step_graph.ts";
import { toTrainingMode } from "./training_mode.ts";
import { untieStatistics } from "./norms/untie_statistics.ts";
import { withLoss } from "./with_loss.ts";

/** Settings of {@linkcode trainingStep}. */
export interface TrainingStepOptions {
  /** The loss that is minimised. Default cross entropy. */
  loss?: Loss | undefined;
  /** How gradients change weights. Default SGD with Nesterov momentum 0.9. */
  optimizer?: Optimizer | undefined;
  /** Options for each parameter. Default: the same for all. */
  groups?: ParameterGroups | undefined;
  /** Weights that stay as they are, asked about running statistics too. Default: none. */
  freeze?: ((weight: Weight) => boolean) | undefined;
  /**
   * Steps whose gradients are averaged for one update, where a whole batch does not fit into memory; each
   * step is still a batch of its own for batch norms. What a last, incomplete row of steps gave is not used.
   * Default 1.
   */
  accumulate?: number | undefined;
  /** Highest norm of all gradients together; larger ones are scaled down. Default: no limit. */
  clip?: number | undefined;
  /** Part of the averaged weights that stays at each step, such as 0.999. Default: no average is kept. */
  ema?: number | undefined;
  /** Seed of the dropout masks. Default 0. */
  seed?: number | undefined;
  /**
   * Bytes that a step may take: weights, optimizer state and all that is computed, as estimated from shapes.
   * Where keeping what the way back needs would take more, part of it is computed again: as little as fits.
   * Losses and weights are the same. Default: all is kept.
   */
  memory?: number | undefined;
  /** Shapes of the largest batch's inputs, for `memory`, where the model leaves them open. */
  inputShapes?: Readonly<Record<string, Shape>> | undefined;
  /**
   * Inputs of the model whose gradient is given out as well, for what is trained outside of the graph.
   * Default: none.
   */
  inputGradients?: readonly string[] | undefined;
  /**
   * Weights to whose gradient a coefficient of their own times the weight is added, after clipping. Default:
   * none.
   */
  usesPerWeightDecay?: ((weight: Weight) => boolean) | undefined;
}

/** Names of {@linkcode TrainingStepOptions}. */
export const TRAINING_STEP_OPTIONS: OptionNames<TrainingStepOptions> = {
  loss: true,
  optimizer: true,
  groups: true,
  freeze: true,
  accumulate: true,
  clip: true,
  ema: true,
  seed: true,
  memory: true,
  inputShapes: true,
  inputGradients: true,
  usesPerWeightDecay: true,
};

/** One step of training as one graph: forward, backward and update. */
export interface TrainingStep {
  /**
   * Inputs: the model's, the targets, numbers of the step, and all state. Outputs: `loss`, and the next
   * state.
   */
  model: Model;
  /** State input → output that takes its place: what `SessionOptions.carry` wants. */
  carry: Record<string, string>;
  /** The state to start from: weights, statistics, optimizer state and averages. */
  state: Tensors;
  /** The names of the model's own inputs. */
  inputs: string[];
  /** Names of inputs for the loss's targets, by target. */
  targets: Record<string, string>;
  /** The name of the output with the loss, one number. */
  loss: string;
  /** Names of the outputs with the gradients of inputs that were asked for, by input. */
  inputGradients: Record<string, string>;
  /**
   * Names of the inputs for such coefficients, by weight; each has the weight's shape and is fed at each
   * step.
   */
  decayInputs: Record<string, string>;
  /** Further inputs of a step (learning rate and the like), to be fed beside inputs and targets. */
  scalarFeeds(step: number, rate: number): Tensors;
  /** The shape of the model's main output. */
  outputShape: Shape;
  /** Batch norms with one value per channel of each example, in words: they need batches of two. */
  normsAcrossExamples: string[];
  /** The model's weights and statistics in a state: their averages where `ema` was asked for. */
  weights(state: Tensors): Tensors;
  /** The model with such weights. */
  withWeights(weights: Tensors): Model;
  /** The settings that determine the step beside the graph itself, for a checkpoint's fingerprint. */
  describe: string[];
  /** What the step is expected to take, where `memory` was given. */
  memory?: StepMemory;
}

/**
 * Forward pass in training mode, loss, gradients and update of a model as ONE graph, so that a step of
 * training is one session run and the state stays on the engine.
 *
 * A model with float16, bfloat16 or float64 weights is trained in float32, and gets its weights back in the
 * types that they had.
 *
 * @throws TypeError where nothing is left to train, or an operator has no gradient; RangeError where a number
 * among the options cannot be meant, or `memory` is less than a step can do with, saying how much that is
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32, int64 } from "../tensor/tensor.ts";
 * import { openRuntime } from "../runtime/engines.ts";
 *
 * const step = trainingStep(mlp({ sizes: [2, 8, 2] }));
 * const runtime = await openRuntime();
 * const session = await runtime.session(step.model, { carry: step.carry });
 * await session.setState(step.state);
 * const losses: number[] = [];
 * for (let i = 0; i < 20; i++) {
 *   const outputs = await session.run({
 *     input: float32([0, 1, 1, 0], [2, 2]),
 *     [step.targets.labels!]: int64([0, 1]),
 *     ...step.scalarFeeds(i, 0.1),
 *   });
 *   losses.push(Number(outputs[step.loss]!.data[0]));
 * }
 * assert.ok(losses.at(-1)! < losses[0]! / 2);
 * await session.release();
 * await runtime.close();
 * ```
 */
export function trainingStep(original: Model, options: TrainingStepOptions = {}): TrainingStep {
  requireOptions("trainingStep", options, TRAINING_STEP_OPTIONS);
  const { memory, inputShapes = {} } = options;
  if (memory === undefined) return buildStep(original, options, () => false).step;
  return withinMemory((again) => buildStep(original, options, again), memory, { inputShapes });
}

/** The step with some values of the forward pass computed again on the way back, and that pass's nodes. */
function buildStep(
  original: Model,
  options: TrainingStepOptions,
  again: (value: Value) => boolean,
): Built<TrainingStep> {
  const { loss = crossEntropy(), optimizer = sgd(), groups = () => ({}), accumulate = 1, clip } = options;
  const { ema, seed = 0, inputGradients } = options;
  requireSettings(loss, optimizer, options);
  const stored = untieStatistics(untieMerged(constantsToInitializers(original)));
  const model = inFloat32(stored);
  const { weights, parameters, frozen } = weightsOfRun(model, options.freeze);

  const training = toTrainingMode(fuseGelu(upgradeOpset(model)), { frozen });
  const g = new GraphBuilder(training.model.graph, training.model.info.opsets);
  // Some files list their stored tensors among the inputs.
  const inputs = g.fedInputs.filter((name) => name !== training.seed);
  const { value: lossValue, targets, outputShape } = withLoss(g, loss, training.outputs);

  const forward = [...g.nodes];
  const asked = gradientsOf(g, parameters, { loss, value: lossValue, inputs: inputGradients, again });
  const ordered = lastGradientFirst(g, parameters, asked.gradients);
  const zeros = zerosLike(parameters);
  const graph: StepGraph = { g, parameters: ordered, state: emptyRecord(), zeros, next: emptyRecord() };
  const gradients = ordered.map(({ name }) => asked.gradients[name]!);
  const { complete, hold, ...means } = accumulateGradients(graph, gradients, accumulate);
  const clipped = clip === undefined ? means.gradients : clipByGlobalNorm(g, means.gradients, clip);
  const decayed = addWeightDecay(graph, clipped, options.usesPerWeightDecay);
  const told = addUpdates(graph, decayed.gradients, { optimizer, groups, hold });
  carryStatistics(graph, weights, training.statistics);
  const trained = Object.keys(training.statistics).concat(parameters.map(({ name }) => name));
  const averages = ema === undefined ? {} : addAverages(graph, trained, { ema, hold });
  const step = {
    ...closeStep(graph, lossValue),
    inputGradients: gradientOutputs(g, asked.inputs),
    // Without values computed again for a gradient that then does without them.
    model: removeDeadCode(training.model.withGraph(g.graph())),
    state: graph.state,
    inputs,
    targets,
    decayInputs: decayed.inputs,
    scalarFeeds: (number: number, rate: number) => {
      const feeds: Tensors = optimizerFeeds(told, Math.floor(number / accumulate), rate);
      if (complete !== undefined) feeds[complete] = scalar((number + 1) % accumulate === 0 ? 1 : 0);
      if (training.seed !== undefined) feeds[training.seed] = dropoutSeed(seed, number);
      return feeds;
    },
    outputShape,
    normsAcrossExamples: training.normsAcrossExamples,
    weights: (state: Tensors) =>
      Object.fromEntries(trained.map((name) => [name, state[own(averages, name) ?? name]!])),
    withWeights: (tensors: Tensors) => withWeights(stored, tensors),
    describe: describeStep({ weights, parameters, frozen }, {
      loss,
      optimizer,
      groups,
      accumulate,
      clip,
      ema,
    }),
  };
  return { step, forward };
}

/** Makes gradients of inputs outputs of the graph, and gives their names. */
function gradientOutputs(
  g: GraphBuilder,
  gradients: Readonly<Record<string, Value>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, value]) => [name, g.output(value, g.freeName(`gradient.${name}`))]),
  );
}

/** The settings, as a checkpoint's fingerprint has them. */
function describeStep(
  { weights, parameters, frozen }: WeightsOfRun,
  { loss, optimizer, groups, accumulate, clip, ema }: {
    loss: Loss;
    optimizer: Optimizer;
    groups: ParameterGroups;
    accumulate: number;
    clip: number | undefined;
    ema: number | undefined;
  },
): string[] {
  const still = weights.filter(({ name, role }) => role === "statistic" && frozen.has(name));
  return [
    loss.name,
    optimizer.name,
    ...still.length === 0 ? [] : [`frozen ${still.map(({ name }) => name)}`],
    ...accumulate === 1 ? [] : [`accumulate ${accumulate}`],
    `clip ${clip}`,
    `ema ${ema}`,
    ...parameters.map((parameter) => {
      const { optimizer: own, ...options } = groups(parameter);
      return `${parameter.name} ${JSON.stringify(options)}${own ? ` ${own.name}` : ""}`;
    }),
  ];
}

function requireSettings(
  loss: Loss,
  optimizer: Optimizer,
  { accumulate = 1, clip, ema }: TrainingStepOptions,
): void {
  requireLoss("train", loss);
  requireOptimizer(optimizer);
  requireNumbers("train", { accumulate }, COUNT);
  if (clip !== undefined) requireNumbers("train", { clip }, { above: 0 });
  if (ema !== undefined) requireNumbers("train", { ema }, { from: 0, below: 1 });
}

/** All weights of a model, those of them that are trained, and the stored tensors that stay as they are. */
interface WeightsOfRun {
  weights: Weight[];
  parameters: Weight[];
  frozen: Set<string>;
}

function weightsOfRun(
  model: Model,
  freeze: TrainingStepOptions["freeze"] = () => false,
): WeightsOfRun {
  const weights = weightsOf(model);
  const changing = new Set(weights.filter((weight) => !freeze(weight)).map(({ name }) => name));
  // Statistics that the model declares constants, or that no output depends on, are no weights.
  const frozen = new Set([...model.graph.initializers.keys()].filter((name) => !changing.has(name)));
  const parameters = weights.filter(({ name, role }) => role !== "statistic" && !frozen.has(name));
  requireTrainable(model, parameters);
  return { weights, parameters, frozen };
}

/** The loss's gradient for each parameter, and for inputs that were asked for, of their shapes, by name. */
function gradientsOf(
  g: GraphBuilder,
  parameters: readonly Weight[],
  { loss, value, inputs = [], again }: {
    loss: Loss;
    value: Value;
    inputs: readonly string[] | undefined;
    again: (value: Value) => boolean;
  },
): { gradients: Record<string, Value>; inputs: Record<string, Value> } {
  const wanted = [...parameters.map(({ name }) => name), ...inputs];
  const gradients = loss.gradients?.(g, value, wanted) ?? backward(g, value, wanted, { recompute: again });
  lowerTrainingBatchNorms(g);
  return { gradients, inputs: Object.fromEntries(inputs.map((name) => [name, gradients[name]!])) };
}

/**
 * The parameters, those first whose gradients the way back comes to last. ONNX Runtime runs a graph's last
 * node first that nothing reads, after all that it needs: so each gradient is used as soon as it is there,
 * and what it was made from lies in memory no longer.
 */
function lastGradientFirst(
  g: GraphBuilder,
  parameters: readonly Weight[],
  gradients: Readonly<Record<string, Value>>,
): Weight[] {
  const place = new Map(g.nodes.flatMap(({ outputs }, i) => outputs.map((output) => [output, i] as const)));
  const placeOf = ({ name }: Weight) => place.get(gradients[name]!) ?? -1;
  return parameters.toSorted((a, b) => placeOf(b) - placeOf(a));
}

/** Feeds of all optimizers in a step. */
function optimizerFeeds(told: readonly Told[], step: number, rate: number): Tensors {
  return Object.fromEntries(
    told.flatMap(({ optimizer, inputs }) =>
      Object.entries(optimizer.scalars(step, rate)).map(([name, value]) => [inputs[name]!, scalar(value)])
    ),
  );
}

function dropoutSeed(seed: number, step: number): Tensor {
  return int64([seededRandom(seed, "dropout", step).integer(2 ** 31 - 1)], []);
}

function withWeights(model: Model, tensors: Tensors): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, tensor] of Object.entries(tensors)) {
    initializers.set(name, inTypeOf(tensor, initializers.get(name) ?? tensor));
  }
  return model.withGraph({ ...model.graph, initializers });
}

function requireTrainable({ graph }: Model, parameters: Weight[]): void {
  if (parameters.length === 0) {
    throw new TypeError(
      `Cannot train model "${graph.name}": none of its ${graph.initializers.size} stored tensors is a weight ` +
        `that may change`,
    );
  }
  for (const { name } of parameters) {
    const tensor = graph.initializers.get(name)!;
    if (!isTensor(tensor) || tensor.type !== "float32") {
      throw new TypeError(
        `Cannot train model "${graph.name}": weight "${name}" is ${tensor.type}, expected float32; ` +
          `freeze it, or convert the model to float32 first`,
      );
    }
  }
}
