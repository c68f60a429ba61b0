import { floatAttribute, intAttribute } from "../onnx/attribute.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { isStatic } from "../onnx/dim.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { Model, type Node } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { floatTensor } from "../tensor/float_tensor.ts";
import { type DataType, normalAxis, sizeOf } from "../tensor/tensor.ts";

/**
 * The model with every LayerNormalization written out by two means, that of the numbers and that of the
 * squares of what is left without it, so that the channels it normalises over may leave: a mean is rescaled
 * by kept / all, exactly, where the one node divides by however many there are. What is left without a
 * channel is the norm of zeros in its place.
 *
 * What comes out computes the same function, as precisely as the one node, also of numbers far from 0, in
 * some eighteen nodes for each norm, which engines run slower than the one; ask for it where the width of the
 * stream (of a ViT, BERT or GPT-2) is to become smaller. Norms of operator sets before 17, which exporters
 * wrote as several nodes already, stay as they are, and so do those over sizes that are not known, where no
 * channel is told from another.
 *
 * Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance: analysis and
 * recommendations", The American Statistician 37 (1983), the two-pass algorithm.
 *
 * @throws TypeError where the graph's shapes contradict each other
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../onnx/builder.ts";
 * import { float32 } from "../tensor/tensor.ts";
 * import { channelGroups } from "./channel_groups.ts";
 *
 * const g = new GraphBuilder();
 * const weight = (...dims: [number, number]) => float32(new Float32Array(dims[0] * dims[1]).fill(0.5), dims);
 * const hidden = g.matMul(g.input("x", "float32", ["N", 3]), g.parameter("first", weight(3, 8)));
 * const scale = g.parameter("scale", float32(new Float32Array(8).fill(1)));
 * g.output(g.matMul(g.layerNorm(hidden, scale), g.parameter("second", weight(8, 2))), "y");
 *
 * assert.equal(channelGroups(g.model()).prunable.length, 0);
 * assert.equal(channelGroups(decomposeLayerNorms(g.model())).prunable[0]!.channels, 8);
 * ```
 */
export function decomposeLayerNorms(model: Model): Model {
  const isNorm = (node: Node) => operatorOf(node) === "LayerNormalization";
  if (!model.graph.nodes.some(isNorm)) return model;
  const { graph, info } = inferShapes(model);
  const g = new GraphBuilder({ ...graph, nodes: [] }, info.opsets);
  for (const node of graph.nodes) {
    const norm = isNorm(node) && normOf(g, node, info.opsets[""] ?? 1);
    if (norm) writeOut(g, node, norm);
    else g.place(node);
  }
  return new Model(g.graph(), info);
}

/** A norm to write out. */
interface Norm {
  /** Type of what it reads. */
  type: DataType;
  /** The axes that it is over, and how long they are. */
  axes: readonly number[];
  sizes: readonly number[];
  /** Version of the operator set. */
  opset: number;
}

/** The norm that a node is, where it is known over how many numbers. */
function normOf(g: GraphBuilder, node: Node, opset: number): Norm | undefined {
  const { type = "float32", shape } = g.info(node.inputs[0]!);
  if (!shape) return undefined;
  const from = normalAxis(intAttribute(node, "axis", -1), shape.length);
  const sizes = shape.slice(from);
  if (!isStatic(sizes)) return undefined;
  return { type, axes: sizes.map((_, i) => from + i), sizes, opset };
}

/**
 * d = x − mean, then d / √(variance + ε) · scale + shift, where the variance is the mean of d² (of which no
 * digits cancel, however far the numbers are from 0) and, for channels that left, of the mean² that those
 * would add as zeros.
 */
function writeOut(g: GraphBuilder, node: Node, { type, axes, sizes, opset }: Norm): void {
  const [given, scale, shift] = node.inputs;
  const [output, meanName, rootName] = node.outputs;
  // Sums of many half floats have no room in one.
  const small = type === "float16" || type === "bfloat16";
  const wide = small ? "float32" : type;
  const x = small ? g.cast(given!, wide) : given!;
  const mean = (value: Value, over: readonly number[] = axes, keepdims = 1): Value =>
    opset < 18
      ? g.node("ReduceMean", [value], { axes: [...over], keepdims })[0]!
      : g.node("ReduceMean", [value, g.ints(over)], { keepdims })[0]!;
  const constant = (numbers: ArrayLike<number>, dims: readonly number[]): Value =>
    g.constant(floatTensor(wide, numbers, dims));
  const center = mean(x);
  // A one for each channel, read through a Reshape to the same shape, so that no criterion takes it for a
  // scale, and times a one that only a run tells, so that no pass stores how many there are.
  const ones = constant(new Float32Array(sizeOf(sizes)).fill(1), sizes);
  const one = g.cast(g.node("Shape", [center], { start: -1 })[0]!, wide);
  const present = g.mul(g.node("Reshape", [ones, g.ints(sizes.map(() => 0))])[0]!, one);
  const gone = g.sub(constant([1], []), mean(present, sizes.map((_, i) => i), 0));
  const apart = g.sub(x, g.mul(center, present));
  const variance = g.add(mean(g.mul(apart, apart)), g.mul(gone, g.mul(center, center)));
  const root = g.reciprocal(g.sqrt(g.add(variance, constant([floatAttribute(node, "epsilon", 1e-5)], []))));
  const normed = g.mul(apart, root);
  const back = small ? g.cast(normed, type) : normed;
  const last = (op: string, inputs: Value[], name: Value) =>
    g.place({ op, inputs, outputs: [name], attributes: {} });
  if (shift) last("Add", [g.mul(back, scale!), shift], output!);
  else last("Mul", [back, scale!], output!);
  if (meanName) last("Identity", [center], meanName);
  if (rootName) last("Identity", [root], rootName);
}
