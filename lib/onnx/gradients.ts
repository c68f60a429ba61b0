import { givenInWords } from "../given.ts";
import { requireModel } from "./require_model.ts";
import { TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { requireOptions } from "../options.ts";
import { operatorOf, rowOf } from "./operators/table.ts";
import { describe } from "./attribute.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import { type Shape, shapeSize } from "./dim.ts";
import {
  constantOf,
  type GradientRule,
  isDifferentiable,
  nonDifferentiable,
  ZERO,
} from "./gradients/call.ts";
import { recomputation } from "./gradients/recompute.ts";
import { expandLike, shapeValue } from "./gradients/shape.ts";
import { gradientRules } from "./gradients/table.ts";
import { inlineFunctions } from "./passes/inline_functions.ts";
import { inferShapes } from "./infer_shapes.ts";
import type { Model, Node } from "./model.ts";
import { reads } from "./topology.ts";
import { upgradeOpset } from "./upgrade.ts";

/** Result of {@linkcode gradients}. */
export interface Gradients {
  /** The model with the nodes that compute the gradients, which are graph outputs as well. */
  model: Model;
  /** For each name asked for, the value that holds d loss / d it, of the same shape. */
  gradients: Record<string, string>;
}

/**
 * Reverse-mode differentiation, source to source: adds nodes that compute d `loss` / d each of `wrt`.
 *
 * A model of an operator set below 20 is upgraded first. The gradient is ordinary ONNX, so it runs on any
 * engine, can be looked at, and can be differentiated again.
 *
 * @param loss a value with one element
 * @param wrt inputs, initializers or intermediate values; one that the loss does not depend on gets zeros
 * @throws TypeError where the loss is not one number, a name is unknown, or an operator on the way has no
 * gradient rule, or none for an input that it goes through
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { runModel } from "../runtime/run_model.ts";
 * import { GraphBuilder } from "./builder.ts";
 * import { scalar } from "../tensor/tensor.ts";
 *
 * const g = new GraphBuilder();
 * const x = g.input("x", "float32", []);
 * g.output(g.mul(x, x), "y");
 *
 * const { model, gradients: { x: dx } } = gradients(g.model(), "y", ["x"]);
 * const outputs = await runModel(model, { x: scalar(3) });
 * assert.equal(outputs[dx!]!.data[0], 6); // d x² / d x at 3
 * ```
 */
export function gradients(model: Model, loss: string, wrt: readonly string[]): Gradients {
  requireModel(model);
  requireNames(loss, wrt);
  const inferred = inferShapes(upgradeOpset(inlineFunctions(model)));
  const g = new GraphBuilder(inferred.graph, inferred.info.opsets);
  const found = backward(g, loss, wrt);
  for (const gradient of new Set(Object.values(found))) {
    if (!g.outputs.includes(gradient)) g.output(gradient);
  }
  return { model: inferred.withGraph(g.graph()), gradients: found };
}

/** Settings of {@linkcode backward}. */
export interface BackwardOptions {
  /**
   * d (what is minimised) / d `loss`, in the shape of `loss`, which need not be one number then. Default 1.
   */
  seed?: Value | undefined;
  /**
   * Forward values that are computed again when the way back needs them, instead of lying in memory until
   * then: less memory for more arithmetic. Default: none.
   */
  recompute?: ((value: Value) => boolean) | undefined;
}

/**
 * Adds the gradients of a loss to a graph under construction and returns, for each name of `wrt`, the value
 * that holds its gradient. Only nodes on a path from `wrt` to `loss` are visited.
 *
 * @throws TypeError as {@linkcode gradients} does
 */
export function backward(
  g: GraphBuilder,
  loss: Value,
  wrt: readonly Value[],
  options: BackwardOptions = {},
): Record<string, Value> {
  requireOptions("backward", options, { seed: true, recompute: true });
  const { seed, recompute = () => false } = options;
  requireNames(loss, wrt);
  requireValues(g, loss, wrt);
  return pullBack(g, new Map([[loss, seed]]), wrt, recompute);
}

/** Gradients of all that `seeds` name, each with d (what is minimised) / d itself, by default 1, summed. */
function pullBack(
  g: GraphBuilder,
  seeds: ReadonlyMap<Value, Value | undefined>,
  wrt: readonly Value[],
  recompute: (value: Value) => boolean,
): Record<string, Value> {
  const nodes = [...g.nodes];
  const path = pathNodes(g, nodes, [...seeds.keys()], wrt);
  const again = recomputation(g, nodes, recompute);
  const contributions = new Map<Value, Value[]>(
    [...seeds].map(([value, seed]) => [value, [seed ?? one(g, value)]]),
  );
  const total = (value: Value): Value | undefined => {
    const parts = contributions.get(value);
    if (parts === undefined) return undefined;
    const sum = parts.reduce((a, b) => g.add(a, b));
    contributions.set(value, [sum]);
    return sum;
  };
  for (const { node, rule, active } of path.reverse()) {
    const dy = node.outputs.map((output) => output ? total(output) : undefined);
    const after = dy.find((part) => part !== undefined);
    if (after === undefined) continue;
    const dx = rule({
      g,
      node,
      x: node.inputs.map((input) => again(input, after)),
      y: node.outputs.map((output) => again(output, after)),
      dy,
      needs: (i) => active.has(node.inputs[i] ?? ""),
      constant: (value) => constantOf(g, g.info(node.outputs[0]!).type, value),
      pullBack: (seeds, wrt, graph = g) => pullBack(graph, seeds, wrt, () => false),
    });
    node.inputs.forEach((input, i) => {
      const part = dx[i];
      if (!active.has(input) || part === ZERO) return;
      if (part === undefined) leftOut(node, input, seeds.keys().next().value!);
      const parts = contributions.get(input);
      if (parts) parts.push(part);
      else contributions.set(input, [part]);
    });
  }
  return Object.fromEntries(wrt.map((name) => [name, total(name) ?? zeros(g, name)]));
}

interface Step {
  node: Node;
  rule: GradientRule;
  /** The values that depend on what is asked for. */
  active: ReadonlySet<Value>;
}

/** The nodes on a path from `wrt` to one of `losses`, in order. */
function pathNodes(
  g: GraphBuilder,
  nodes: Node[],
  losses: readonly Value[],
  wrt: readonly Value[],
): Step[] {
  const active = new Set<Value>(wrt);
  const reached = nodes.filter((node) => {
    if (ruleOf(node) === nonDifferentiable || ![...reads(node)].some((input) => active.has(input))) {
      return false;
    }
    for (const output of node.outputs) {
      if (output !== "" && isDifferentiable(g.info(output).type)) active.add(output);
    }
    return true;
  });
  const wanted = new Set<Value>(losses);
  const path: Step[] = [];
  for (const node of reached.reverse()) {
    if (!node.outputs.some((output) => wanted.has(output) && active.has(output))) continue;
    const inputs = [...reads(node)].filter((input) => active.has(input));
    inputs.forEach((input) => wanted.add(input));
    path.push({ node, rule: ruleOf(node) ?? missing(node, inputs[0]!, losses[0]!), active });
  }
  return path.reverse();
}

function ruleOf(node: Node): GradientRule | undefined {
  return rowOf(gradientRules, node);
}

function missing(node: Node, input: Value, loss: Value): never {
  const operator = operatorOf(node);
  throw new TypeError(
    `Cannot differentiate ${quoted(loss)}: operator ${operator} has no gradient rule, and ${
      describe(node)
    } lies ` +
      `between ${quoted(input)}, which depends on what is asked for, and ${quoted(loss)}; ` +
      `write it with other operators, or add its gradient, see docs/operators.md`,
  );
}

function leftOut(node: Node, input: Value, loss: Value): never {
  throw new TypeError(
    `Cannot differentiate ${quoted(loss)}: the gradient rule of ${describe(node)} leaves out its input ` +
      `${quoted(input)}, which depends on what is asked for; write it with other operators, or ask for no ` +
      `gradient through that input`,
  );
}

function requireNames(loss: unknown, wrt: unknown): void {
  const example = `as in gradients(model, "loss", ["weight"])`;
  if (typeof loss !== "string") {
    throw new TypeError(
      `Cannot differentiate ${givenInWords(loss)}: expected the name of the loss, ${example}`,
    );
  }
  if (!Array.isArray(wrt) || !wrt.every((name) => typeof name === "string")) {
    throw new TypeError(
      `Cannot differentiate ${quoted(loss)} with respect to ${
        givenInWords(wrt)
      }: expected a list of names of inputs, ` +
        `initializers or intermediate values, ${example}`,
    );
  }
}

function requireValues(g: GraphBuilder, loss: Value, wrt: readonly Value[]): void {
  for (const name of [loss, ...wrt]) {
    if (!g.has(name)) {
      throw new TypeError(`Cannot differentiate: ${quoted(name)} is not a value of the graph`);
    }
    const { type } = g.info(name);
    if (!isDifferentiable(type)) {
      throw new TypeError(
        `Cannot differentiate: ${quoted(name)} holds ${type}, and gradients are between floats`,
      );
    }
  }
}

/** 1, in the shape of the loss. */
function one(g: GraphBuilder, loss: Value): Value {
  const shape: Shape = g.shape(loss);
  if (shapeSize(shape) !== 1) {
    throw new TypeError(
      `Cannot differentiate ${quoted(loss)}: a loss is one number, but its shape is [${shape.join(", ")}]; ` +
        `reduce it first (ReduceMean, ReduceSum)`,
    );
  }
  return expandLike(g, constantOf(g, g.info(loss).type, 1), loss);
}

function zeros(g: GraphBuilder, x: Value): Value {
  return g.expand(constantOf(g, g.info(x).type, 0), shapeValue(g, x));
}
