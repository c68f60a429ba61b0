import { requireNumbers } from "../bounds.ts";
import type { Weight } from "../nn/weights.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { emptyRecord } from "../own.ts";
import type { Tensors } from "../runtime/runtime.ts";
import {
  type Optimizer,
  PARAMETER_OPTIONS,
  type ParameterGroups,
  type ParameterOptions,
  requireOptimizer,
} from "./optimizers.ts";
import { requireOptions } from "../options.ts";

/**
 * The graph of a training step while it is built: model and loss are there, gradients and updates are added.
 */
export interface StepGraph {
  /** Builds it. */
  g: GraphBuilder;
  /** The weights that are trained. */
  parameters: readonly Weight[];
  /** Tensors that go from step to step, by the name of their input: those to start from. */
  state: Tensors;
  /** Zeros of a parameter's shape, to start from. */
  zeros: (dims: readonly number[]) => Tensor;
  /** The value that takes the place of each input of the state after the step. */
  next: Record<string, Value>;
}

/**
 * Chooses the next value of the state: `after`, or `before` again while the gradients of an update are
 * incomplete.
 */
export type Hold = (after: Value, before: Value) => Value;

/** Zeros of the sizes of some parameters, all in one memory: nobody writes there. */
export function zerosLike(parameters: readonly Weight[]): (dims: readonly number[]) => Tensor {
  const all = new Float32Array(Math.max(0, ...parameters.map(({ tensor: { dims } }) => sizeOf(dims))));
  return (dims) => new Tensor("float32", all.subarray(0, sizeOf(dims)), dims);
}

/** Gradients of the steps of an update. */
export interface Accumulated {
  /** What their mean is once they are complete. */
  gradients: readonly Value[];
  /** A scalar input: 1 in the last of the steps, else 0. Undefined where there is one step only. */
  complete: Value | undefined;
  /** Keeps the state as it is until then. */
  hold: Hold;
}

/** Sums the gradients of so many steps; after the last of them the sums begin anew. */
export function accumulateGradients(
  { g, parameters, state, zeros, next }: StepGraph,
  gradients: readonly Value[],
  accumulate: number,
): Accumulated {
  if (accumulate === 1) return { gradients, complete: undefined, hold: (after) => after };
  const complete = g.input(g.freeName("step.complete"), "float32", []);
  const goesOn = g.sub(1, complete);
  const means = parameters.map(({ name, tensor: { dims } }, i) => {
    const before = g.input(g.freeName(`sum.${name}`), "float32", dims);
    const sum = g.add(before, gradients[i]!);
    state[before] = zeros(dims);
    next[before] = g.mul(sum, goesOn);
    return g.mul(sum, 1 / accumulate);
  });
  const isUpdate = g.greater(complete, 0);
  return { gradients: means, complete, hold: (after, before) => g.where(isUpdate, after, before) };
}

/** Statistics of the forward pass, such as batch norms', go from step to step as well. */
export function carryStatistics(
  { state, next }: StepGraph,
  weights: readonly Weight[],
  statistics: Readonly<Record<string, Value>>,
): void {
  for (const [name, after] of Object.entries(statistics)) {
    state[name] = weights.find((weight) => weight.name === name)!.tensor;
    next[name] = after;
  }
}

/**
 * Adds coefficient times weight to the gradients of some parameters. The coefficients are new inputs, by
 * parameter.
 */
export function addWeightDecay(
  { g, parameters }: StepGraph,
  gradients: readonly Value[],
  uses: (weight: Weight) => boolean = () => false,
): { gradients: Value[]; inputs: Record<string, Value> } {
  const inputs = emptyRecord<Value>();
  const decayed = parameters.map((parameter, i) => {
    if (!uses(parameter)) return gradients[i]!;
    const { name, tensor } = parameter;
    inputs[name] = g.input(g.freeName(`decay.${name}`), "float32", tensor.dims);
    return g.add(gradients[i]!, g.mul(inputs[name], name));
  });
  return { gradients: decayed, inputs };
}

/** An optimizer of some parameters, and the inputs for what it is told each step, by its name. */
export interface Told {
  /** The optimizer. */
  optimizer: Optimizer;
  /** Inputs of the step graph, by the names that {@linkcode Optimizer.scalars} gives. */
  inputs: Record<string, Value>;
}

/** Parameters that one update moves: a single one, or several short vectors. */
interface Moved {
  /** The parameters. */
  parameters: Weight[];
  /** The gradient of each. */
  gradients: Value[];
  /** The optimizer that moves them. */
  by: Told;
  /** Options of each of them. */
  options: ParameterOptions;
}

/** Vectors of no more numbers, such as biases and scales of norms, are updated as one: nodes cost more. */
const SHORT = 4096;

/**
 * Adds the update of every parameter by its optimizer. Returns the optimizers that there are, told apart by
 * their names.
 *
 * Short vectors of the same options are put one after the other, updated as one vector and parted again,
 * where the optimizer works element by element: two thirds of the parameters of most networks are such.
 */
export function addUpdates(
  graph: StepGraph,
  gradients: readonly Value[],
  { optimizer, groups, hold }: { optimizer: Optimizer; groups: ParameterGroups; hold: Hold },
): Told[] {
  const { g, parameters } = graph;
  const told = new Map<string, Told>();
  const tell = (optimizer: Optimizer): Told => {
    const known = told.get(optimizer.name);
    if (known) return known;
    requireOptimizer(optimizer);
    const inputs = Object.fromEntries(
      Object.keys(optimizer.scalars(0, 0)).map((name) => [
        name,
        g.input(g.freeName(`step.${name}`), "float32", []),
      ]),
    );
    told.set(optimizer.name, { optimizer, inputs });
    return { optimizer, inputs };
  };
  const vectors = new Map<string, Moved>();
  const others: Moved[] = [];
  parameters.forEach((parameter, i) => {
    const options = groups(parameter);
    requireOptions("fit with groups", options, PARAMETER_OPTIONS);
    const { rateFactor = 1, weightDecay = 0 } = options;
    requireNumbers(`train ${parameter.name}`, { rateFactor, weightDecay }, { from: 0 });
    const by = tell(options.optimizer ?? optimizer);
    const one = { parameters: [parameter], gradients: [gradients[i]!], by, options };
    const { dims } = parameter.tensor;
    const isShort = by.optimizer.elementwise && dims.length === 1 && dims[0]! <= SHORT;
    const key = isShort && JSON.stringify([by.optimizer.name, options.rateFactor, options.weightDecay]);
    const known = key && vectors.get(key);
    if (known) {
      known.parameters.push(parameter);
      known.gradients.push(gradients[i]!);
    } else if (key) vectors.set(key, one);
    else others.push(one);
  });
  // What waits for all gradients comes first in the graph, and so is computed last.
  for (const moved of [...vectors.values(), ...others]) addUpdate(graph, moved, hold);
  return [...told.values()];
}

/** Adds an update; the optimizer's state for each parameter begins with zeros. */
function addUpdate(
  { g, state, zeros, next }: StepGraph,
  { parameters, gradients, by: { optimizer, inputs: scalars }, options }: Moved,
  hold: Hold,
): void {
  const joined = (values: Value[]) => values.length === 1 ? values[0]! : g.concat(values, 0);
  const sizes = parameters.map(({ tensor }) => tensor.dims[0]!);
  const parted = (value: Value) => sizes.length === 1 ? [value] : g.split(value, sizes);
  const names = parameters.map(({ name }) => name);
  for (const { name, tensor } of parameters) state[name] = tensor;
  const kept = optimizer.state.map((kind) => {
    const inputs = parameters.map(({ name, tensor: { dims } }) => {
      const input = g.input(g.freeName(`${kind}.${name}`), "float32", dims);
      state[input] = zeros(dims);
      return input;
    });
    return { kind, inputs, before: joined(inputs) };
  });
  const value = joined(names);
  const after = optimizer.update(g, {
    value,
    gradient: joined(gradients),
    state: Object.fromEntries(kept.map(({ kind, before }) => [kind, before])),
    scalars,
    options,
  });
  const carry = (inputs: Value[], held: Value) => parted(held).forEach((part, i) => next[inputs[i]!] = part);
  carry(names, hold(after.value, value));
  for (const { kind, inputs, before } of kept) carry(inputs, hold(after.state[kind]!, before));
}

/**
 * Adds running averages of what is trained, which begin with it. Returns their inputs, by what they are
 * averages of.
 */
export function addAverages(
  { g, state, next }: StepGraph,
  trained: readonly string[],
  { ema, hold }: { ema: number; hold: Hold },
): Record<string, Value> {
  return Object.fromEntries(trained.map((name) => {
    const input = g.input(g.freeName(`average.${name}`), "float32", state[name]!.dims);
    state[input] = state[name]!;
    next[input] = hold(g.add(g.mul(input, ema), g.mul(next[name]!, 1 - ema)), input);
    return [name, input];
  }));
}

/** Makes the loss and what is carried the graph's only outputs, and stored weights that change its inputs. */
export function closeStep(
  { g, state, next }: StepGraph,
  lossValue: Value,
): { loss: string; carry: Record<string, string> } {
  const loss = g.output(lossValue, g.freeName("loss"));
  const carry = Object.fromEntries(
    Object.entries(next).map(([name, after]) => [name, g.output(after, g.freeName(`${name}.next`))]),
  );
  for (const name of Object.keys(state)) if (g.tensor(name)) g.toInput(name);
  return { loss, carry };
}
