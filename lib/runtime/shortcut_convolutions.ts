import { operatorOf } from "../onnx/operators/table.ts";
import { stringAttribute, toAttributes } from "../onnx/attribute.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { Model, type Node } from "../onnx/model.ts";
import { isTensor, Tensor } from "../tensor/tensor.ts";
import { producers } from "../onnx/topology.ts";

/**
 * The model with shortcuts that add channels of zeros, of every second pixel or of all, as 1×1 convolutions
 * with a one where a channel stays: the same numbers. For networks whose weights are all stored.
 *
 * ONNX Runtime keeps channels in blocks from convolution to convolution, and adds the shortcut in passing, as
 * long as it meets no other operator than these; a single Pad brings it out of step for all the blocks that
 * follow.
 */
export function convolveShortcuts(model: Model): Model {
  const isPad = (node: Node) => operatorOf(node) === "Pad";
  if (!model.graph.nodes.some(isPad) || !storedConvolutions(model)) return model;
  const { graph } = inferShapes(model);
  const made = producers(graph);
  const g = new GraphBuilder(graph, model.info.opsets);
  g.removeFrom(0);
  for (const node of graph.nodes) g.place(isPad(node) && shortcut(g, node, made) || node);
  return removeDeadCode(new Model(g.graph(), model.info));
}

function storedConvolutions({ graph }: Model): boolean {
  const convolutions = graph.nodes.filter((node) => operatorOf(node) === "Conv");
  return convolutions.length > 0 && convolutions.every(({ inputs }) => graph.initializers.has(inputs[1]!));
}

/** The convolution that does what a Pad does, together with the Slice before it. */
function shortcut(g: GraphBuilder, node: Node, made: ReadonlyMap<Value, Node>): Node | undefined {
  const [padded, amounts, value] = node.inputs as [Value, Value | undefined, Value | undefined];
  const pads = amounts ? g.contents(amounts)?.map(Number) : undefined;
  if (pads?.length !== 8 || node.inputs[3] || stringAttribute(node, "mode", "constant") !== "constant") {
    return;
  }
  const [front, back] = [pads[1]!, pads[5]!];
  if (!(front >= 0 && back >= 0 && front + back > 0) || pads.some((pad, i) => i % 4 !== 1 && pad !== 0)) {
    return;
  }
  if (value && !isZero(g, value)) return;
  const { type, shape } = g.info(padded);
  const channels = shape?.[1];
  if (type !== "float32" || typeof channels !== "number") return;
  const every = everyPixel(g, made.get(padded));
  const outs = front + channels + back;
  const ones = new Float32Array(outs * channels);
  for (let i = 0; i < channels; i++) ones[(front + i) * channels + i] = 1;
  const kernel = g.constant(new Tensor("float32", ones, [outs, channels, 1, 1]));
  return {
    op: "Conv",
    inputs: [every?.x ?? padded, kernel],
    outputs: node.outputs,
    attributes: toAttributes({ kernel_shape: [1, 1], strides: every?.strides ?? [1, 1] }),
  };
}

function isZero(g: GraphBuilder, value: Value): boolean {
  const tensor = g.tensor(value);
  return tensor !== undefined && isTensor(tensor) && Number(tensor.data[0]) === 0;
}

/** The value of which a Slice takes every so many pixels, from the first to the last. */
function everyPixel(g: GraphBuilder, node: Node | undefined): { x: Value; strides: number[] } | undefined {
  if (!node || operatorOf(node) !== "Slice" || node.inputs.length !== 5) return;
  const [x, ...settings] = node.inputs as [Value, Value, Value, Value, Value];
  const [starts, ends, axes, steps] = settings.map((setting) => g.contents(setting)?.map(Number));
  const size = g.info(x).shape;
  if (!starts || !ends || !axes || !steps || size?.length !== 4) return;
  const strides = [1, 1];
  for (const [i, axis] of axes.entries()) {
    const all = starts[i] === 0 && (ends[i]! >= Number(size[axis]) || ends[i]! >= 2 ** 31 - 1);
    if (axis < 2 || !all || steps[i]! < 1) return;
    strides[axis - 2] = steps[i]!;
  }
  return { x, strides };
}
