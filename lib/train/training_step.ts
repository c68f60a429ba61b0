import type { Weight } from "../nn/weights.ts";
import { weightsOf } from "../nn/weights.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Shape } from "../onnx/dim.ts";
import { removeDeadCode } from "../onnx/dead_code.ts";
import { backward } from "../onnx/gradients.ts";
import { hoistConstants } from "../onnx/hoist_constants.ts";
import type { Model } from "../onnx/model.ts";
import { float32, int64, isTensor, scalar, sizeOf } from "../tensor/tensor.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { lowerTrainingBatchNorms } from "./batch_norm.ts";
import { crossEntropy, type Loss, mainOutput, requireLoss } from "./losses.ts";
import {
  clipByGlobalNorm,
  type Optimizer,
  type ParameterGroups,
  requireOptimizer,
  sgd,
  type UpdateContext,
} from "./optimizers.ts";
import { toTrainingMode } from "./training_mode.ts";
import { emptyRecord, own } from "../own.ts";

/** Settings of {@linkcode trainingStep}. */
export interface TrainingStepOptions {
  /** What is minimised. Default cross entropy. */
  loss?: Loss;
  /** Default SGD with Nesterov momentum 0.9. */
  optimizer?: Optimizer;
  /** Options for each parameter. Default: the same for all. */
  groups?: ParameterGroups;
  /** Weights that stay as they are, asked about running statistics too. Default: none. */
  freeze?: (weight: Weight) => boolean;
  /**
   * Steps whose gradients are averaged for one update, where a whole batch does not fit into memory; each step is still
   * a batch of its own for batch norms. What a last, incomplete row of steps gave is not used. Default 1.
   */
  accumulate?: number;
  /** Highest norm of all gradients together; larger ones are scaled down. Default: no limit. */
  clip?: number;
  /** Part of the averaged weights that stays at each step, such as 0.999. Default: no average is kept. */
  ema?: number;
  /** Of the dropout masks. Default 0. */
  seed?: number;
  /** Weights to whose gradient a coefficient times the weight is added, after clipping. Default: none. */
  decays?: (weight: Weight) => boolean;
}

/** One step of training as one graph: forward, backward and update. */
export interface TrainingStep {
  /** Inputs: the model's, the targets, numbers of the step, and all state. Outputs: `loss`, and the next state. */
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
  /** Names of the inputs for coefficients, by weight; each has the weight's shape and is fed at each step. */
  decays: Record<string, string>;
  /** The other inputs of a step (learning rate and the like), to be fed beside inputs and targets. */
  numbers(step: number, rate: number): Tensors;
  /** The shape of the model's main output. */
  outputShape: Shape;
  /** The model's weights and statistics in a state: their averages where `ema` was asked for. */
  weights(state: Tensors): Tensors;
  /** The model with such weights. */
  withWeights(weights: Tensors): Model;
  /** What determines the step beside the graph itself, for a checkpoint's fingerprint. */
  describe: string[];
}

/**
 * Forward pass in training mode, loss, gradients and update of a model as ONE graph, so that a step of
 * training is one session run and the state stays on the engine.
 *
 * @throws TypeError where nothing is left to train, or an operator has no gradient
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
 *     ...step.numbers(i, 0.1),
 *   });
 *   losses.push(Number(outputs[step.loss]!.data[0]));
 * }
 * assert.ok(losses.at(-1)! < losses[0]! / 2);
 * await session.release();
 * await runtime.close();
 * ```
 */
export function trainingStep(original: Model, options: TrainingStepOptions = {}): TrainingStep {
  const {
    loss = crossEntropy(),
    optimizer = sgd(),
    groups = () => ({}),
    freeze = () => false,
    accumulate = 1,
    clip,
    ema,
    seed = 0,
    decays = () => false,
  } = options;
  requireLoss("train", loss);
  requireOptimizer(optimizer);
  if (!Number.isInteger(accumulate) || accumulate < 1) {
    throw new RangeError(
      `Cannot train with accumulate ${accumulate}: expected a whole number of steps from 1`,
    );
  }
  const model = hoistConstants(original);
  const weights = weightsOf(model);
  const frozen = new Set(weights.filter(freeze).map(({ name }) => name));
  const parameters = weights.filter(({ name, role }) => role !== "statistic" && !frozen.has(name));
  requireTrainable(model, parameters);

  const training = toTrainingMode(upgradeOpset(model), { frozen });
  const g = new GraphBuilder(training.model.graph, training.model.info.opsets);
  // Some files list their stored tensors among the inputs.
  const { initializers } = g.graph();
  const inputs = g.graph().inputs.filter((name) => name !== training.seed && !initializers.has(name));

  const main = mainOutput(g, training.outputs);
  const targets = Object.fromEntries(
    Object.entries(loss.targets).map(([name, { type, shape }]) => [
      name,
      g.input(g.freeName(`target.${name}`), type, shape ?? g.shape(main)),
    ]),
  );
  const lossValue = loss.value(g, training.outputs, targets);
  const names = parameters.map(({ name }) => name);
  const found = loss.gradients?.(g, lossValue, names) ?? backward(g, lossValue, names);
  lowerTrainingBatchNorms(g);
  let gradients = parameters.map(({ name }) => found[name]!);
  const carried: Carried = { state: emptyRecord(), next: emptyRecord() };
  const complete = accumulate === 1 ? undefined : g.input(g.freeName("step.complete"), "float32", []);
  if (complete !== undefined) {
    gradients = averaged(g, parameters, gradients, carried, { accumulate, complete });
  }
  const updates = complete && g.greater(complete, 0);
  const hold: Hold = (after, before) => updates ? g.where(updates, after, before) : after;
  if (clip !== undefined) gradients = clipByGlobalNorm(g, gradients, clip);

  const coefficients = emptyRecord<string>();
  gradients = parameters.map((parameter, i) => {
    if (!decays(parameter)) return gradients[i]!;
    const { name, tensor } = parameter;
    coefficients[name] = g.input(g.freeName(`decay.${name}`), "float32", tensor.dims);
    return g.add(gradients[i]!, g.mul(coefficients[name], name));
  });

  const numbers = Object.fromEntries(
    Object.keys(optimizer.scalars(0, 0)).map((name) => [
      name,
      g.input(g.freeName(`step.${name}`), "float32", []),
    ]),
  );
  parameters.forEach((parameter, i) =>
    update(g, parameter, carried, {
      optimizer,
      gradient: gradients[i]!,
      scalars: numbers,
      options: groups(parameter),
      hold,
    })
  );
  for (const [name, after] of Object.entries(training.statistics)) {
    carried.state[name] = weights.find((weight) => weight.name === name)!.tensor;
    carried.next[name] = after;
  }
  const trained = Object.keys(training.statistics).concat(parameters.map(({ name }) => name));
  const averages = ema === undefined ? {} : average(g, trained, carried, ema, hold);
  const ends = close(g, lossValue, carried);

  return {
    // Values computed again for a gradient that then does without them.
    model: removeDeadCode(training.model.withGraph(g.graph())),
    ...ends,
    state: carried.state,
    inputs,
    targets,
    decays: coefficients,
    numbers(step, rate) {
      const fed: Tensors = emptyRecord();
      const update = Math.floor(step / accumulate);
      for (const [name, value] of Object.entries(optimizer.scalars(update, rate))) {
        fed[numbers[name]!] = scalar(value);
      }
      if (complete !== undefined) fed[complete] = scalar((step + 1) % accumulate === 0 ? 1 : 0);
      if (training.seed) {
        fed[training.seed] = int64([seededRandom(seed, "dropout", step).integer(2 ** 31 - 1)], []);
      }
      return fed;
    },
    outputShape: g.shape(main),
    weights: (state) =>
      Object.fromEntries(trained.map((name) => [name, state[own(averages, name) ?? name]!])),
    withWeights: (tensors) => withWeights(model, tensors),
    describe: [
      loss.name,
      optimizer.name,
      ...accumulate === 1 ? [] : [`accumulate ${accumulate}`],
      `clip ${clip}`,
      `ema ${ema}`,
      ...parameters.map((parameter) => `${parameter.name} ${JSON.stringify(groups(parameter))}`),
    ],
  };
}

/** What goes from step to step, by the name of the input: its first tensor, and the value that follows it. */
interface Carried {
  state: Tensors;
  next: Record<string, Value>;
}

/** What follows a value of the state: `after`, or `before` again while the gradients of an update are incomplete. */
type Hold = (after: Value, before: Value) => Value;

/** Sums of gradients, which begin anew after each update, and of these the averages. */
function averaged(
  g: GraphBuilder,
  parameters: readonly Weight[],
  gradients: readonly Value[],
  { state, next }: Carried,
  { accumulate, complete }: { accumulate: number; complete: Value },
): Value[] {
  const goesOn = g.sub(1, complete);
  return parameters.map(({ name, tensor: { dims } }, i) => {
    const before = g.input(g.freeName(`sum.${name}`), "float32", dims);
    const sum = g.add(before, gradients[i]!);
    state[before] = float32(new Float32Array(sizeOf(dims)), dims);
    next[before] = g.mul(sum, goesOn);
    return g.mul(sum, 1 / accumulate);
  });
}

/** Adds one parameter's update; the optimizer's state for it begins with zeros. */
function update(
  g: GraphBuilder,
  { name, tensor }: Weight,
  { state, next }: Carried,
  { optimizer, hold, ...context }:
    & { optimizer: Optimizer; hold: Hold }
    & Pick<UpdateContext, "gradient" | "scalars" | "options">,
): void {
  const { dims } = tensor;
  const kept = optimizer.state.map((kind) =>
    [kind, g.input(g.freeName(`${kind}.${name}`), "float32", dims)] as const
  );
  const after = optimizer.update(g, { ...context, value: name, state: Object.fromEntries(kept) });
  state[name] = tensor;
  next[name] = hold(after.value, name);
  for (const [kind, input] of kept) {
    state[input] = float32(new Float32Array(sizeOf(dims)), dims);
    next[input] = hold(after.state[kind]!, input);
  }
}

/** Adds running averages of what is trained, which begin with it, and returns their names. */
function average(
  g: GraphBuilder,
  trained: readonly string[],
  { state, next }: Carried,
  decay: number,
  hold: Hold,
): Record<string, string> {
  return Object.fromEntries(trained.map((name) => {
    const input = g.input(g.freeName(`average.${name}`), "float32", state[name]!.dims);
    state[input] = state[name]!;
    next[input] = hold(g.add(g.mul(input, decay), g.mul(next[name]!, 1 - decay)), input);
    return [name, input];
  }));
}

/** Makes the loss and what is carried the graph's only outputs, and stored weights that change its inputs. */
function close(
  g: GraphBuilder,
  lossValue: Value,
  { state, next }: Carried,
): Pick<TrainingStep, "loss" | "carry"> {
  const graph = g.graph();
  graph.outputs.length = 0;
  const loss = g.output(lossValue, g.freeName("loss"));
  const carry = Object.fromEntries(
    Object.entries(next).map(([name, after]) => [name, g.output(after, g.freeName(`${name}.next`))]),
  );
  const listed = new Set(graph.inputs);
  for (const [name, { dims }] of Object.entries(state)) {
    graph.initializers.delete(name);
    if (!listed.has(name)) graph.inputs.push(name);
    graph.values.set(name, { type: "float32", shape: [...dims] });
  }
  return { loss, carry };
}

function withWeights(model: Model, tensors: Tensors): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, tensor] of Object.entries(tensors)) initializers.set(name, tensor);
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
