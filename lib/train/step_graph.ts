import type { Weight } from "../nn/weights.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { emptyRecord } from "../own.ts";
import type { Tensors } from "../runtime/runtime.ts";
import {
  type Optimizer,
  PARAMETER_OPTIONS,
  type ParameterGroups,
  requireOptimizer,
  type UpdateContext,
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

/**
 * Adds the update of every parameter by its optimizer. Returns the optimizers that there are, told apart by
 * their names.
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
  parameters.forEach((parameter, i) => {
    const options = groups(parameter);
    requireOptions("fit with groups", options, PARAMETER_OPTIONS);
    const { optimizer: own, inputs: scalars } = tell(options.optimizer ?? optimizer);
    addUpdate(graph, parameter, { optimizer: own, gradient: gradients[i]!, scalars, options, hold });
  });
  return [...told.values()];
}

/** Adds one parameter's update; the optimizer's state for it begins with zeros. */
function addUpdate(
  { g, state, zeros, next }: StepGraph,
  { name, tensor: parameter }: Weight,
  { optimizer, hold, ...context }:
    & { optimizer: Optimizer; hold: Hold }
    & Pick<UpdateContext, "gradient" | "scalars" | "options">,
): void {
  const { dims } = parameter;
  const kept = optimizer.state.map((kind) =>
    [kind, g.input(g.freeName(`${kind}.${name}`), "float32", dims)] as const
  );
  const after = optimizer.update(g, { ...context, value: name, state: Object.fromEntries(kept) });
  state[name] = parameter;
  next[name] = hold(after.value, name);
  for (const [kind, input] of kept) {
    state[input] = zeros(dims);
    next[input] = hold(after.state[kind]!, input);
  }
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
