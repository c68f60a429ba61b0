import { floatAttribute, intAttribute } from "../onnx/attribute.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { Model, type Node } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { float32, normalAxis } from "../tensor/tensor.ts";

/**
 * The model with every LayerNormalization written out by two means, that of the numbers and that of their
 * squares, so that the channels it normalises over may leave: a mean is rescaled by kept / all, exactly,
 * where the one node divides by however many there are.
 *
 * What comes out computes the same function in some eight nodes for each norm, which engines run slower than
 * the one; ask for it where the width of the stream (of a ViT, BERT or GPT-2) is to become smaller. Norms of
 * operator sets before 17, which exporters wrote as several nodes already, stay as they are.
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
    if (isNorm(node) && g.info(node.inputs[0]!).shape) writeOut(g, node, info.opsets[""] ?? 1);
    else g.place(node);
  }
  return new Model(g.graph(), info);
}

/** (x − mean) / √(mean of squares − mean² + ε) · scale + shift */
function writeOut(g: GraphBuilder, node: Node, opset: number): void {
  const [given, scale, shift] = node.inputs;
  const [output, meanName, rootName] = node.outputs;
  const type = g.info(given!).type ?? "float32";
  // Sums of many half floats have no room in one.
  const small = type === "float16" || type === "bfloat16";
  const x = small ? g.cast(given!, "float32") : given!;
  const rank = g.shape(x).length;
  const from = normalAxis(intAttribute(node, "axis", -1), rank);
  const axes = Array.from({ length: rank - from }, (_, i) => from + i);
  const mean = (value: Value): Value =>
    opset < 18 ? g.node("ReduceMean", [value], { axes, keepdims: 1 })[0]! : g.reduceMean(value, axes);
  const number = (value: number): Value => {
    const constant = g.constant(float32([value], []));
    return type === "float64" ? g.cast(constant, type) : constant;
  };
  const center = mean(x);
  // The difference of two near numbers may come out below zero.
  const variance = g.relu(g.sub(mean(g.mul(x, x)), g.mul(center, center)));
  const root = g.reciprocal(g.sqrt(g.add(variance, number(floatAttribute(node, "epsilon", 1e-5)))));
  const normed = g.mul(g.sub(x, center), root);
  const back = small ? g.cast(normed, type) : normed;
  const last = (op: string, inputs: Value[], name: Value) =>
    g.place({ op, inputs, outputs: [name], attributes: {} });
  if (shift) last("Add", [g.mul(back, scale!), shift], output!);
  else last("Mul", [back, scale!], output!);
  if (meanName) last("Identity", [center], meanName);
  if (rootName) last("Identity", [root], rootName);
}
