import { describe, intAttribute } from "./attribute.ts";
import { addDims, type Dim, multiplyDims, type Shape, shapeSize, substituteDim, unknownsOf } from "./dim.ts";
import { inferShapes, type InputShapes } from "./infer_shapes.ts";
import type { Graph, Model, Node } from "./model.ts";
import { parameterNames } from "./parameters.ts";
import { einsumSizes } from "./shapes/einsum.ts";
import { requireModel } from "./require_model.ts";
import { emptyRecord, own } from "../own.ts";

/** What a model costs. */
export interface Cost {
  /** Multiply-accumulates of one run. */
  macs: number;
  /** Learned numbers, each stored one once. */
  parameters: number;
}

/** Shapes of a node's inputs and its first output. */
interface Shapes {
  inputs: readonly (Shape | undefined)[];
  output: Shape | undefined;
}

type MacRow = (shapes: Shapes, node: Node) => Dim | undefined;

const product = (...parts: (Dim | undefined)[]): Dim | undefined =>
  parts.every((part) => part !== undefined) ? parts.reduce(multiplyDims, 1) : undefined;

const plus = (a: Dim | undefined, b: Dim | undefined) =>
  a === undefined || b === undefined ? undefined : addDims(a, b);

const sizeOf = (shape: Shape | undefined) => shape && shapeSize(shape);

/** Every output element sums over the weight's channels and window. */
const conv = (weight: number): MacRow => ({ inputs, output }) =>
  product(sizeOf(output), sizeOf(inputs[weight]?.slice(1)));

/** Every input element is spread over the weight's channels and window. */
const convTranspose: MacRow = ({ inputs: [x, w] }) => product(sizeOf(x), sizeOf(w?.slice(1)));

/** Every output element sums over the last axis of the left side (or its rows, if transposed). */
const matMul: MacRow = ({ inputs: [a], output }, node) =>
  product(sizeOf(output), a?.at(intAttribute(node, "transA", 0) ? -2 : -1));

/** Both matrices of every direction, at every step of every sequence. */
const recurrent: MacRow = ({ inputs: [x, w, r] }) => {
  const steps = x && multiplyDims(x[0]!, x[1]!);
  const [input, hidden] = [product(steps, sizeOf(w)), product(steps, sizeOf(r))];
  return plus(input, hidden);
};

/** Every query against every key, and the weights against every value; a packed weight projects first. */
const attention: MacRow = ({ inputs: [x, w], output }, node) => {
  if (node.domain === "com.microsoft" && node.op === "Attention") {
    const both = product(2, x?.[1], sizeOf(output));
    return plus(product(x?.[0], x?.[1], sizeOf(w)), both);
  }
  // Keys are [batch, length, hidden] or [batch, heads, length, size].
  return product(2, w?.at(-2), sizeOf(output));
};

/** One row per operator that multiplies and accumulates; elementwise work is not counted. */
const MACS: Readonly<Record<string, MacRow>> = {
  Conv: conv(1),
  FusedConv: conv(1),
  ConvInteger: conv(1),
  DeformConv: conv(1),
  QLinearConv: conv(3),
  ConvTranspose: convTranspose,
  MatMul: matMul,
  FusedMatMul: matMul,
  TransposeMatMul: matMul,
  MatMulInteger: matMul,
  QLinearMatMul: matMul,
  Gemm: matMul,
  FusedGemm: matMul,
  Einsum: ({ inputs }, node) => sizeOf(einsumSizes(inputs, node)),
  Attention: attention,
  MultiHeadAttention: attention,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};

/**
 * Counts multiply-accumulates and parameters.
 *
 * Counted are convolutions, products of matrices and recurrent layers, including what they do to padding, as
 * is usual; biases, norms, activations and pooling count nothing, nor do the branches and bodies of control
 * flow. An input whose leading dimension is unknown is taken to be a batch of 1, so the count is per example;
 * a batch of 64 that the model or `inputShapes` fixes counts 64 times.
 *
 * Parameters are the learned numbers ({@linkcode parameterNames}): no running statistics of batch norms, no
 * shapes or settings.
 *
 * @throws TypeError where the count depends on an unknown size, naming the inputs to give shapes for
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
  const graph = withSizes(model, options);
  let macs = 0;
  for (const count of countByNode(graph).values()) macs += count;
  return { macs, parameters: countParameters(graph) };
}

/** The multiply-accumulates of every node that has some, counted as {@linkcode countMacs} does. */
export function macsByNode(model: Model, options: InputShapes = {}): Map<Node, number> {
  return countByNode(withSizes(model, options));
}

function withSizes(model: Model, { inputShapes = {} }: InputShapes): Graph {
  requireModel(model);
  return inferShapes(model, { inputShapes: withBatchOfOne(model.graph, inputShapes) }).graph;
}

function countByNode(graph: Graph): Map<Node, number> {
  const shapeOf = (name: string | undefined) => graph.values.get(name ?? "")?.shape;
  const byNode = new Map<Node, number>();
  for (const node of graph.nodes) {
    if (!Object.hasOwn(MACS, node.op)) continue;
    const shapes = { inputs: node.inputs.map(shapeOf), output: shapeOf(node.outputs[0]) };
    const count = MACS[node.op]!(shapes, node);
    if (typeof count !== "number") throw unknownSize(graph, node, count);
    byNode.set(node, count);
  }
  return byNode;
}

function countParameters(graph: Graph): number {
  let total = 0;
  for (const name of parameterNames(graph)) {
    const size = sizeOf(graph.initializers.get(name)?.dims ?? graph.values.get(name)?.shape);
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
  for (const name of graph.inputs) {
    if (graph.initializers.has(name)) continue;
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

function unknownSize(graph: Graph, node: Node, count: Dim | undefined): TypeError {
  const unknowns = new Set(count === undefined ? [] : unknownsOf(count));
  const fed = graph.inputs.filter((name) => !graph.initializers.has(name));
  const open = fed.filter((name) =>
    graph.values.get(name)?.shape?.some((dim) => typeof dim === "string") ?? true
  );
  const named = open.filter((name) =>
    graph.values.get(name)?.shape?.some((dim) => unknownsOf(dim).some((unknown) => unknowns.has(unknown)))
  );
  const wanted = named.length ? named : open;
  const ask = wanted.length
    ? `give the shape of input ${
      wanted.map((name) => `"${name}" [${graph.values.get(name)?.shape?.join(", ") ?? "unknown rank"}]`)
        .join(" and ")
    } in inputShapes`
    : `a value before it has a shape that depends on data or on an operator without a row`;
  const size = count === undefined ? "an unknown shape" : `${count} multiply-accumulates`;
  return new TypeError(`Cannot count multiply-accumulates of ${describe(node)}: it has ${size}; ${ask}`);
}
