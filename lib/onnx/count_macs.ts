import { TypeError } from "../errors.ts";
import { requireOptions, withoutUndefined } from "../options.ts";
import { quoted } from "../printable.ts";
import { computedNodes } from "./computed_nodes.ts";
import { describe } from "./attribute.ts";
import { type Dim, type Shape, substituteDim, unknownsOf } from "./dim.ts";
import { inlineFunctions } from "./passes/inline_functions.ts";
import { inferShapes, type InputShapes } from "./infer_shapes.ts";
import type { Scope } from "./shapes/call.ts";
import { type Walk, walkGraph } from "./walk.ts";
import type { Graph, Model, Node } from "./model.ts";
import { multiplyNothing } from "./operators/multiply_nothing.ts";
import { factsOf, isKnown, operatorOf } from "./operators/table.ts";
import { learnedConstants } from "./learned.ts";
import { allInitializers, fedInputs, producers, subgraphs } from "./topology.ts";
import { completed, turnsOf } from "./turns.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { requireModel } from "./require_model.ts";
import { emptyRecord, own } from "../own.ts";

/** MACs and parameters of a model. */
export interface Cost {
  /** Multiply-accumulates of one run. */
  macs: number;
  /** Learned numbers, each stored one once. */
  parameters: number;
  /**
   * Nodes of operators that nobody knows the cost of, which neither number counts. Absent where both are
   * exact.
   */
  uncounted?: string[];
}

/**
 * Counts multiply-accumulates and parameters.
 *
 * Counted are convolutions, products of matrices and recurrent layers, including what they do to padding, as
 * is usual; biases, norms, activations and pooling count nothing. Of an If the costlier branch counts, of a
 * Loop or Scan the body at each turn, and nothing of what no output depends on, or what is only asked for its
 * shape. An input whose leading dimension is unknown is taken to be a batch of
 * 1, so the count is per example; a batch of 64 that the model or `inputShapes` fixes counts 64 times.
 *
 * Where a file has operators that nobody knows, such as those of other domains, the count is of the rest, and
 * says so in `uncounted`.
 *
 * Parameters are the learned numbers ({@linkcode learnedConstants}): no running statistics of batch norms, no
 * shapes or settings.
 *
 * @throws TypeError where the count depends on an unknown size, naming the inputs to give shapes for, or on
 * how often the body of a Loop or Scan runs, where that is known only then
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
  requireOptions("countMacs", options, { inputShapes: true });
  const shaped = withSizes(model, options);
  let macs = 0;
  for (const count of countByNode(shaped).values()) macs += count;
  const missing = uncountedOf(shaped.graph);
  const uncounted = missing.length > 0 ? missing : undefined;
  return withoutUndefined({ macs, parameters: countParameters(shaped), uncounted });
}

/** Learned numbers of a model, counted as {@linkcode countMacs} does, whatever the sizes of its inputs. */
export function parametersOf(model: Model): number {
  return countParameters(inferShapes(inlineFunctions(model)));
}

/** Nodes that the counts of a model leave out, as {@linkcode Cost.uncounted} has them. */
export function uncountedIn(model: Model): string[] {
  return uncountedOf(inlineFunctions(model).graph);
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
  const walk = walkGraph({ graph, info });
  // How often a body runs may depend on what was computed before.
  const nested = graph.nodes.some((node) => subgraphs(node).length > 0);
  const byNode = new Map<Node, number>();
  const computed = computedNodes(graph);
  for (const node of nested ? walk.nodes() : graph.nodes) {
    if (!computed.has(node)) continue;
    const count = countNode(node, walk.scope, graph);
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
  const inner = subgraphs(node);
  // One branch of an If runs: the costlier one counts.
  if (operatorOf(node) === "If") {
    return Math.max(
      0,
      ...inner.map((branch) => countInside(branch, scope).macs),
    );
  }
  return inner.reduce((sum, body) => sum + countTurns(node, body, scope), 0);
}

/** The multiply-accumulates of all turns of a Loop or Scan. */
function countTurns(node: Node, body: Graph, scope: Scope): number {
  const { count, inputs, carried } = turnsOf(node, body, scope);
  const { macs, shapeOf } = countInside(body, scope, inputs);
  if (macs === 0 || count === 0) return 0;
  // What grows from turn to turn costs more each time.
  const varies = count === 1
    ? undefined
    : carried.find(([output, input]) =>
      shapeOf(body.outputs[output])?.join() !== shapeOf(body.inputs[input])?.join()
    );
  if (count !== undefined && !varies) return count * macs;
  const why = count === undefined
    ? "and how many turns there are"
    : `and the shape of ${quoted(body.outputs[varies![0]])}, with which the next turn begins,`;
  throw new TypeError(
    `Cannot count multiply-accumulates of ${describe(node)}: its body takes ${macs} at ` +
      `${count === undefined ? "each" : "its first"} turn, ${why} is only known when it runs; ` +
      `count the model without it, or plan by parameters or bytes`,
  );
}

/**
 * The multiply-accumulates of a subgraph run once, where the graph around it has these values, and the shapes
 * of its own.
 *
 * @param inputs shapes of what it is given
 */
function countInside(
  graph: Graph,
  outer: Scope,
  inputs: readonly (Shape | undefined)[] = [],
): { macs: number; shapeOf: Walk["shape"] } {
  const values = new Map(graph.values);
  graph.inputs.forEach((name, i) => {
    const shape = completed(values.get(name)?.shape, inputs[i]);
    if (shape) values.set(name, { ...values.get(name), shape });
  });
  const walk = walkGraph({ graph: { ...graph, values }, info: { opsets: outer.opsets } }, outer);
  let macs = 0;
  for (const node of walk.nodes()) macs += countNode(node, walk.scope, graph);
  return { macs, shapeOf: walk.shape };
}

/** The nodes, those inside of others too, of operators that nobody knows, and how many numbers they store. */
function uncountedOf(graph: Graph, stored = allInitializers(graph)): string[] {
  return graph.nodes.flatMap((node) => {
    const inside = subgraphs(node).flatMap((inner) => uncountedOf(inner, stored));
    if (isKnown(node) || multiplyNothing.has(operatorOf(node))) return inside;
    const own = node.inputs.reduce((sum, name) => sum + sizeOf(stored.get(name)?.dims ?? [0]), 0);
    return [`${describe(node)}${own > 0 ? `, with ${own} stored numbers` : ""}`, ...inside];
  });
}

/** Learned numbers of a model with known shapes, counted as {@linkcode countMacs} does. */
export function countParameters(model: Model): number {
  return learnedConstants(model).values()
    .reduce((total, { role, size = 0 }) => role === "statistic" ? total : total + size, 0);
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

/** Why the size of a node is unknown, where no input of the model lacks one: the first fault on the way. */
function whyUnknown(graph: Graph, { values, initializers }: Scope, node: Node): string {
  const makers = producers(graph);
  const known = (name: string) =>
    name === "" || initializers.has(name) || values.get(name)?.shape !== undefined;
  let at = node;
  for (;;) {
    const open = at.inputs.filter((name) => !known(name));
    const maker = open.map((name) => makers.get(name)).find(Boolean);
    const reader = describe(at);
    if (!maker && open.length > 0) {
      return `nothing tells the shape of ${quoted(open[0])}, which ${reader} reads`;
    }
    if (!maker) {
      const declare = "declare it in the file, where it is the same in every run";
      return `the shape that ${reader} gives ${
        isKnown(at)
          ? `does not follow from its inputs'; ${declare}`
          : `is unknown; ${declare}, or make the operator known by registerOperator`
      }`;
    }
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
  const wanted = named.length || count !== undefined && open.length === 0 ? named : open;
  const ask = wanted.length
    ? `give the shape of input ${
      wanted.map((name) => `${quoted(name)} [${graph.values.get(name)?.shape?.join(", ") ?? "unknown rank"}]`)
        .join(" and ")
    } in inputShapes`
    : typeof count === "string"
    ? `${[...unknowns].join(" and ")} is only known when it runs`
    : whyUnknown(graph, scope, node);
  const size = count === undefined ? "an unknown shape" : `${count} multiply-accumulates`;
  return new TypeError(`Cannot count multiply-accumulates of ${describe(node)}: it has ${size}; ${ask}`);
}
