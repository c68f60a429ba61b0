import { requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Weight } from "../nn/weights.ts";

/** Differences of one parameter's update from the others'. */
export interface ParameterOptions {
  /** The learning rate is multiplied by this. Default 1. */
  rateFactor?: number | undefined;
  /** Weight decay of this parameter, in place of the optimizer's own. */
  weightDecay?: number | undefined;
  /** The optimizer of this parameter, in place of the run's. The rate is the run's. */
  optimizer?: Optimizer | undefined;
}

/** Names of {@linkcode ParameterOptions}. */
export const PARAMETER_OPTIONS: OptionNames<ParameterOptions> = {
  rateFactor: true,
  weightDecay: true,
  optimizer: true,
};

/** Options for each parameter, by its name and role: parameter groups as a function. */
export type ParameterGroups = (parameter: Weight) => ParameterOptions;

/**
 * For `groups`, as is usual with {@linkcode adamW}: decays weights and embeddings, not norms, biases and
 * slopes.
 */
export function decayWeightsOnly({ role }: Weight): ParameterOptions {
  return role === "weight" || role === "embedding" ? {} : { weightDecay: 0 };
}

/** Values that an update works with: their names in the graph of the training step. */
export interface UpdateContext {
  /** The parameter as it is. */
  value: Value;
  /** d loss / d the parameter, of its shape. */
  gradient: Value;
  /** The parameter's state, by the names in {@linkcode Optimizer.state}. */
  state: Readonly<Record<string, Value>>;
  /** Numbers of the step, by the names that {@linkcode Optimizer.scalars} gives. */
  scalars: Readonly<Record<string, Value>>;
  /** Options of this parameter. */
  options: ParameterOptions;
}

/** How gradients change parameters, written as nodes of the graph of the training step. */
export interface Optimizer {
  /** The optimizer in words and numbers, as it enters a checkpoint's fingerprint. */
  name: string;
  /** Tensors kept for each parameter, of its shape and zero at first. */
  state: readonly string[];
  /**
   * Whether each number of a vector moves by its own gradient and state alone, so that short vectors may be
   * updated as one. Default false.
   */
  elementwise?: boolean | undefined;
  /** Numbers fed at each step; `step` counts from 0. */
  scalars(step: number, rate: number): Record<string, number>;
  /** Adds nodes that compute the parameter and its state after the step. */
  update(g: GraphBuilder, context: UpdateContext): Update;
}

/** Throws TypeError where what was given as an optimizer is none, such as its name. */
export function requireOptimizer(optimizer: Optimizer): void {
  if (typeof optimizer?.update === "function" && Array.isArray(optimizer.state)) return;
  const given = typeof optimizer === "function" ? "a function" : JSON.stringify(optimizer);
  throw new TypeError(`Cannot train with optimizer ${given}: expected an Optimizer, such as sgd()`);
}

/** A parameter and its state, by name, after a step: values of the graph. */
export interface Update {
  /** The parameter. */
  value: Value;
  /** State of the parameter, by the names in {@linkcode Optimizer.state}. */
  state: Record<string, Value>;
}

/** What is kept at each step: were it all, nothing new would count. */
const KEPT = { from: 0, below: 1 };

/** Settings of {@linkcode sgd}. */
export interface SgdOptions {
  /** Part of the sum of gradients that stays at each step. Default 0.9; 0 keeps no state. */
  momentum?: number | undefined;
  /** Whether the step looks ahead by the momentum: Nesterov. Default true. */
  nesterov?: boolean | undefined;
  /** Added to the gradient as this times the parameter. Default 0. */
  weightDecay?: number | undefined;
}

/**
 * Stochastic gradient descent as PyTorch has it, without dampening: d = gradient + weightDecay·p;
 * b = momentum·b + d; p −= rate·(nesterov ? d + momentum·b : b). The rate is outside the momentum.
 *
 * @throws RangeError where the momentum is not from 0, below 1, or the decay not from 0
 */
export function sgd(settings: SgdOptions = {}): Optimizer {
  requireOptions("sgd", settings, { momentum: true, nesterov: true, weightDecay: true });
  const { momentum = 0.9, nesterov = true, weightDecay = 0 } = settings;
  requireNumbers("use sgd", { momentum }, KEPT);
  requireNumbers("use sgd", { weightDecay }, { from: 0 });
  return {
    name: `sgd(${momentum}, ${nesterov}, ${weightDecay})`,
    state: momentum === 0 ? [] : ["momentum"],
    elementwise: true,
    scalars: (_step, rate) => ({ rate }),
    update(g, { value, gradient, state, scalars, options }): Update {
      const decay = options.weightDecay ?? weightDecay;
      const step = decay === 0 ? gradient : g.add(gradient, g.mul(value, decay));
      const rate = scaled(g, scalars.rate!, options);
      if (momentum === 0) return { value: g.sub(value, g.mul(step, rate)), state: {} };
      const buffer = g.add(g.mul(state.momentum!, momentum), step);
      const direction = nesterov ? g.add(step, g.mul(buffer, momentum)) : buffer;
      return { value: g.sub(value, g.mul(direction, rate)), state: { momentum: buffer } };
    },
  };
}

/** Settings of {@linkcode adamW}. */
export interface AdamWOptions {
  /** Decay of the mean and of the mean square of gradients. Default [0.9, 0.999]. */
  betas?: [number, number] | undefined;
  /** Added to the root. Default 1e-8. */
  epsilon?: number | undefined;
  /** Each step takes rate·weightDecay·p away. Default 0.01. */
  weightDecay?: number | undefined;
}

/**
 * Adam with decoupled weight decay: Loshchilov and Hutter, 2017, algorithm 2, in PyTorch's order.
 *
 * @throws RangeError where betas are not from 0, below 1, or another number is not from 0
 */
export function adamW(
  settings: AdamWOptions = {},
): Optimizer {
  requireOptions("adamW", settings, { betas: true, epsilon: true, weightDecay: true });
  const { betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01 } = settings;
  requireAdam("use adamW", { beta1, beta2, epsilon, weightDecay });
  return {
    name: `adamW(${beta1}, ${beta2}, ${epsilon}, ${weightDecay})`,
    state: ["mean", "square"],
    elementwise: true,
    scalars: (step, rate) => ({ rate, ...adamScalars(step, rate, beta1, beta2) }),
    update(g, context) {
      const { value, scalars, options } = context;
      const decay = options.weightDecay ?? weightDecay;
      const kept = decay === 0
        ? value
        : g.sub(value, g.mul(value, g.mul(scaled(g, scalars.rate!, options), decay)));
      const { change, state } = moments(g, context, { beta1, beta2, epsilon });
      return { value: g.sub(kept, change), state };
    },
  };
}

/** Settings of {@linkcode adam}. */
export interface AdamOptions {
  /** Decay of the mean and of the mean square of gradients. Default [0.9, 0.999]. */
  betas?: [number, number] | undefined;
  /** Added to the root. Default 1e-8. */
  epsilon?: number | undefined;
  /** Added to the gradient as this times the parameter, before the moments: L2. Default 0. */
  weightDecay?: number | undefined;
}

/**
 * Adam with coupled L2, as PyTorch's `Adam`: Kingma and Ba, 2015, algorithm 1. The decay goes through the
 * moments, so that a number whose only gradient it is moves by about the rate at each step, however small the
 * decay; {@linkcode adamW} decays beside them.
 *
 * @throws RangeError where betas are not from 0, below 1, or another number is not from 0
 */
export function adam(
  settings: AdamOptions = {},
): Optimizer {
  requireOptions("adam", settings, { betas: true, epsilon: true, weightDecay: true });
  const { betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = settings;
  requireAdam("use adam", { beta1, beta2, epsilon, weightDecay });
  return {
    name: `adam(${beta1}, ${beta2}, ${epsilon}, ${weightDecay})`,
    state: ["mean", "square"],
    elementwise: true,
    scalars: (step, rate) => adamScalars(step, rate, beta1, beta2),
    update(g, context) {
      const { value, gradient, options } = context;
      const decay = options.weightDecay ?? weightDecay;
      const coupled = decay === 0 ? gradient : g.add(gradient, g.mul(value, decay));
      const { change, state } = moments(g, { ...context, gradient: coupled }, { beta1, beta2, epsilon });
      return { value: g.sub(value, change), state };
    },
  };
}

/** Throws RangeError where numbers of an Adam cannot be meant. */
export function requireAdam(
  action: string,
  { beta1, beta2, ...rest }: { beta1: number; beta2: number; epsilon: number; weightDecay: number },
): void {
  requireNumbers(action, { "betas[0]": beta1, "betas[1]": beta2 }, KEPT);
  requireNumbers(action, rest, { from: 0 });
}

/**
 * Scalars of a step of Adam: both moments start at zero; the step's size and the root's scale undo the bias
 * of the first steps.
 */
const adamScalars = (step: number, rate: number, beta1: number, beta2: number) => ({
  stepSize: rate / (1 - beta1 ** (step + 1)),
  rootScale: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
});

/** The moments after a gradient, and what Adam takes from the parameter by them. */
function moments(
  g: GraphBuilder,
  { gradient, state, scalars, options }: UpdateContext,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
): { change: Value; state: { mean: Value; square: Value } } {
  const mean = g.add(g.mul(state.mean!, beta1), g.mul(gradient, 1 - beta1));
  const square = g.add(g.mul(state.square!, beta2), g.mul(g.mul(gradient, gradient), 1 - beta2));
  const root = g.add(g.mul(g.sqrt(square), scalars.rootScale!), epsilon);
  const change = g.mul(g.div(mean, root), scaled(g, scalars.stepSize!, options));
  return { change, state: { mean, square } };
}

function scaled(g: GraphBuilder, rate: Value, { rateFactor = 1 }: ParameterOptions): Value {
  return rateFactor === 1 ? rate : g.mul(rate, rateFactor);
}

/**
 * Scales gradients so that their common norm (the root of the sum of all squares) is at most `limit`: times
 * limit / (norm + 1e-6) where that is below 1, as PyTorch's `clip_grad_norm_`.
 *
 * Squares are added up from the last gradient to the first: engines compute what is added first first.
 */
export function clipByGlobalNorm(g: GraphBuilder, gradients: readonly Value[], limit: number): Value[] {
  const squares = gradients.map((gradient) => g.reduceSumSquare(gradient, undefined, { keepdims: false }));
  const norm = g.sqrt(squares.reduceRight((sum, square) => g.add(sum, square)));
  const factor = g.min(g.div(limit, g.add(norm, 1e-6)), 1);
  return gradients.map((gradient) => g.mul(gradient, factor));
}
