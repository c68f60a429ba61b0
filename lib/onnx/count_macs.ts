import { describe } from "./attribute.ts";
import { type Dim, type Shape, shapeSize, substituteDim, unknownsOf } from "./dim.ts";
import { inlineFunctions } from "./passes/inline_functions.ts";
import { inferShapes, type InputShapes, type Scope } from "./infer_shapes.ts";
import { scopeOf } from "./shapes/call.ts";
import { walkGraph } from "./walk.ts";
import type { Graph, Model, Node } from "./model.ts";
import { factsOf, operatorOf } from "./operators/table.ts";
import { parameterNames } from "./parameters.ts";
import { allInitializers, fedInputs, producers, subgraphs } from "./topology.ts";
import { requireModel } from "./require_model.ts";
import { emptyRecord, own } from "../own.ts";

/** MACs and parameters of a model. */
export interface Cost {
  /** Multiply-accumulates of one run. */
  macs: number;
  /** Learned numbers, each stored one once. */
  parameters: number;
}

/**
 * Counts multiply-accumulates and parameters.
 *
 * Counted are convolutions, products of matrices and recurrent layers, including what they do to padding, as
 * is usual; biases, norms, activations and pooling count nothing. Of an If the costlier branch counts. An
 * input whose leading dimension is unknown is taken to be a batch of 1, so the count is per example; a batch
 * of 64 that the model or `inputShapes` fixes counts 64 times.
 *
 * Parameters are the learned numbers ({@linkcode parameterNames}): no running statistics of batch norms, no
 * shapes or settings.
 *
 * @throws TypeError where the count depends on an unknown size, naming the inputs to give shapes for, or on
 * how often the body of a Loop or Scan runs
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * // 4·8 + 8·2 multiplications, and as many weights with 8 + 2 biases.
 * assert.deepEqual(countMacs(mlp({ sizes: [4, 8, 2] })), { macs: 48, parameters: 58 });
 * ```
 */
export function countMacs(model: Model, options: InputShapes = {}): Cost {
  const shaped = withSizes(model, options);
  let macs = 0;
  for (const count of countByNode(shaped).values()) macs += count;
  return { macs, parameters: countParameters(shaped) };
}

/** The multiply-accumulates of every node that has some, counted as {@linkcode countMacs} does. */
export function macsByNode(model: Model, options: InputShapes = {}): Map<Node, number> {
  return countByNode(withSizes(model, options));
}

function withSizes(model: Model, { inputShapes = {} }: InputShapes): Model {
  requireModel(model);
  return inferShapes(inlineFunctions(model), { inputShapes: withBatchOfOne(model.graph, inputShapes) });
}

function countByNode({ graph, info }: Model): Map<Node, number> {
  const scope = scopeOf(graph, info.opsets);
  const byNode = new Map<Node, number>();
  for (const node of graph.nodes) {
    const count = countNode(node, scope, graph);
    if (count > 0) byNode.set(node, count);
  }
  return byNode;
}

/** A node's multiply-accumulates, those inside its subgraphs too. */
function countNode(node: Node, scope: Scope, graph: Graph): number {
  const { macs } = factsOf(node);
  if (macs) {
    const shapeOf = (name: string | undefined) => scope.values.get(name ?? "")?.shape;
    const count = macs.count({ inputs: node.inputs.map(shapeOf), output: shapeOf(node.outputs[0]) }, node);
    if (typeof count !== "number") throw unknownSize(graph, scope, node, count);
    return count;
  }
  const inner = subgraphs(node).map((subgraph) => countInside(subgraph, scope));
  const most = Math.max(0, ...inner);
  // One branch of an If runs: the costlier one counts.
  if (most === 0 || operatorOf(node) === "If") return most;
  throw new TypeError(
    `Cannot count multiply-accumulates of ${
      describe(node)
    }: its body takes ${most} at each turn, and how many turns ` +
      `there are is only known when it runs; count the model without it, or plan by parameters or bytes`,
  );
}

/** The multiply-accumulates of a subgraph run once, where the graph around it has these values. */
function countInside(graph: Graph, outer: Scope): number {
  const walk = walkGraph({ graph, info: { opsets: outer.opsets } }, outer);
  let total = 0;
  for (const node of walk.nodes()) total += countNode(node, walk.scope, graph);
  return total;
}

/** Learned numbers of a model with known shapes, counted as {@linkcode countMacs} does. */
export function countParameters(model: Model): number {
  const { graph } = model;
  const initializers = allInitializers(graph);
  let total = 0;
  for (const name of parameterNames(model)) {
    const shape = initializers.get(name)?.dims ?? graph.values.get(name)?.shape;
    const size = shape && shapeSize(shape);
    // What ConstantOfShape fills by the shape of an input is no parameter.
    if (typeof size === "number") total += size;
  }
  return total;
}

/** Shapes of all inputs in which unknown leading dimensions, and what goes by their names, are 1. */
function withBatchOfOne(graph: Graph, given: Readonly<Record<string, Shape>>): Record<string, Shape> {
  const sizes = new Map<string, Dim>();
  for (const [name, shape] of Object.entries(given)) {
    graph.values.get(name)?.shape?.forEach((dim, i) => {
      if (typeof dim === "string" && shape[i] !== undefined) sizes.set(dim, shape[i]);
    });
  }
  const shapes = Object.assign(emptyRecord<Shape>(), given);
  const batch = new Map<string, Dim>();
  for (const name of fedInputs(graph)) {
    const shape = own(given, name) ?? graph.values.get(name)?.shape?.map((dim) => substituteDim(dim, sizes));
    if (shape === undefined) continue;
    shapes[name] = shape;
    if (typeof shape[0] === "string") batch.set(shape[0], 1);
  }
  for (const [name, shape] of Object.entries(shapes)) {
    shapes[name] = shape.map((dim) => substituteDim(dim, batch));
  }
  return shapes;
}

/** The first operator on the way to a node of which the output's shape does not follow from its inputs'. */
function firstUnknown(graph: Graph, { values, initializers }: Scope, node: Node): Node | undefined {
  const makers = producers(graph);
  const known = (name: string) =>
    name === "" || initializers.has(name) || values.get(name)?.shape !== undefined;
  let at = node;
  for (;;) {
    const maker = at.inputs.filter((name) => !known(name)).map((name) => makers.get(name)).find(Boolean);
    if (!maker) return at === node ? undefined : at;
    at = maker;
  }
}

function unknownSize(graph: Graph, scope: Scope, node: Node, count: Dim | undefined): TypeError {
  const unknowns = new Set(count === undefined ? [] : unknownsOf(count));
  const fed = fedInputs(graph);
  const open = fed.filter((name) =>
    graph.values.get(name)?.shape?.some((dim) => typeof dim === "string") ?? true
  );
  const named = open.filter((name) =>
    graph.values.get(name)?.shape?.some((dim) => unknownsOf(dim).some((unknown) => unknowns.has(unknown)))
  );
  const wanted = named.length ? named : open;
  const fault = firstUnknown(graph, scope, node);
  const ask = wanted.length
    ? `give the shape of input ${
      wanted.map((name) => `"${name}" [${graph.values.get(name)?.shape?.join(", ") ?? "unknown rank"}]`)
        .join(" and ")
    } in inputShapes`
    : fault
    ? `the shape that ${describe(fault)} gives is only known when it runs`
    : `a value before it has a shape that depends on data or on an operator without a row`;
  const size = count === undefined ? "an unknown shape" : `${count} multiply-accumulates`;
  return new TypeError(`Cannot count multiply-accumulates of ${describe(node)}: it has ${size}; ${ask}`);
}
