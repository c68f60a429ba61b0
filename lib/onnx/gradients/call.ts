import type { GraphBuilder, Value } from "../builder.ts";
import type { Node } from "../model.ts";
import type { OperatorTable } from "../operators/table.ts";
import { type DataType, scalar, Tensor } from "../../tensor/tensor.ts";

/** A node whose gradient is wanted, where it stands. `d` before a name means d loss / d that value. */
export interface GradientCall {
  /** The graph that the gradient's nodes are added to; it holds the forward nodes already. */
  g: GraphBuilder;
  /** The node whose gradient is wanted. */
  node: Node;
  /** The node's inputs; `""` where an optional one is omitted. */
  x: readonly Value[];
  /** The node's outputs. */
  y: readonly Value[];
  /** d loss / d output, in order; `undefined` where the loss does not depend on that output. */
  dy: readonly (Value | undefined)[];
  /** Whether d loss / d input `index` is wanted: rules build nothing for the others. */
  needs(index: number): boolean;
  /** A scalar constant in the element type of the node's first output. */
  constant(value: number): Value;
  /**
   * Gradients of nodes that the rule itself added: from d loss / d some values to those of `wrt`, by name.
   *
   * @param graph where these nodes are, if not in `g`: the body of another node
   */
  pullBack(
    seeds: ReadonlyMap<Value, Value>,
    wrt: readonly Value[],
    graph?: GraphBuilder,
  ): Record<string, Value>;
}

/**
 * A row of the gradient table, which builds d loss / d input, in order, each with exactly its input's shape
 * and type. `""` is zero: no output depends on that input, or only in steps. A hole is not needed; where it
 * is, to differentiate is an error.
 */
export type GradientRule = (call: GradientCall) => readonly (Value | undefined)[];

/** In place of a gradient that is zero: nothing is built for it. */
export const ZERO: Value = "";

/** Rules by operator. */
export type GradientRules = OperatorTable<GradientRule>;

/** The rule of operators that pass no gradient: nothing before them is reached through them. */
export const nonDifferentiable: GradientRule = () => [];

/** Rule of an operator whose first output only and first input only take part: `dx` builds d loss / d x. */
export function first(
  dx: (call: GradientCall, dy: Value, x: Value, y: Value) => Value | undefined,
): GradientRule {
  return (call) => {
    const [dy] = call.dy;
    return dy && call.needs(0) ? [dx(call, dy, call.x[0]!, call.y[0]!)] : [];
  };
}

/**
 * Rule of an operator that is made of others: what it does is built anew of these, and the gradient is
 * theirs. Nothing of the way forward has to be kept for it, but what the operator read.
 *
 * @param build gives the operator's outputs that take part in the loss
 */
export function madeOf(
  build: (call: GradientCall, x: readonly Value[]) => readonly (Value | undefined)[],
): GradientRule {
  return (call) => {
    const { g, x, dy, needs } = call;
    // Copies: the way back ends at them, and does not run into what else depends on the inputs.
    const copies = x.map((value, i) => value && needs(i) ? g.identity(value) : value);
    const outputs = build(call, copies);
    const seeds = new Map(dy.flatMap((part, i) => part && outputs[i] ? [[outputs[i]!, part]] : []));
    const found = call.pullBack(seeds, copies.filter((_, i) => needs(i)));
    return copies.map((copy, i) => needs(i) ? found[copy] : undefined);
  };
}

/**
 * The one number that an input of a node holds in every run; `undefined` where it is not known, or is learned
 * (it gets a gradient itself), or may be fed.
 */
export function fixedNumber({ g, x, needs }: GradientCall, index: number): number | undefined {
  const value = x[index] ?? "";
  if (needs(index) || g.inputs.includes(value)) return undefined;
  const known = g.contents(value);
  return known?.length === 1 && typeof known[0] === "number" ? known[0] : undefined;
}

/** A scalar constant of a given float type. */
export function constantOf(g: GraphBuilder, type: DataType | undefined, value: number): Value {
  if (type === "float32" || type === undefined) return g.constant(scalar(value));
  if (type === "float64") return g.constant(new Tensor(type, Float64Array.of(value), []));
  return g.cast(g.constant(scalar(value)), type);
}

/** Whether gradients can flow through values of this type; a type nobody knows is taken for a float. */
export function isDifferentiable(type: DataType | undefined): boolean {
  return type === undefined || /^b?float/.test(type);
}
