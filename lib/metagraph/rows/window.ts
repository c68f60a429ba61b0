import type { OperatorTable } from "../../onnx/operators/table.ts";
import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import { gathered } from "../channels.ts";
import { axisLayout, channelAxes, withoutChannels, withShape } from "../axis_layout.ts";
import type { GraphRow } from "../trace.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** Each channel by itself, whatever happens to its pixels; channels that lie in pixels are joined first. */
const planes: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  const from = trace.layout(x);
  if (!from) return [];
  const spread = channelAxes(from).some((axis) => axis > 1);
  const whole = spread && channelAxes(from).includes(1) ? gathered(from, 1, x!, { node, trace }) : from;
  return node.outputs.map((name) => {
    const shape = trace.shape(name);
    return spread && whole === from ? shape && withoutChannels(shape) : shape && withShape(whole, shape);
  });
};

/** Channels under a reduction are gone, the others stay. */
const reduce: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  const [from, shape] = [trace.layout(x), trace.shape(node.outputs[0])];
  if (!from || !shape) return [];
  const list = node.inputs[1] ? trace.contents(node.inputs[1]) : intsAttribute(node, "axes", undefined);
  const noop = !list?.length && intAttribute(node, "noop_with_empty_axes", 0) === 1;
  if (noop) return [from];
  if (node.inputs[1] && !list) return [withoutChannels(shape)];
  const rank = from.axes.length;
  const reduced = new Set(
    list?.length ? list.map((a) => normalAxis(Number(a), rank)) : from.axes.keys(),
  );
  if (channelAxes(from).some((axis) => reduced.has(axis))) return [withoutChannels(shape)];
  const kept = intAttribute(node, "keepdims", 1) === 1;
  const axes = from.axes.flatMap((factors, axis) =>
    reduced.has(axis) ? kept ? [[{ size: 1, channel: false }]] : [] : [factors]
  );
  return [axisLayout(axes, from.labels, from)];
};

const nothing: GraphRow = () => [];

const rowsOf = (names: string, row: GraphRow) =>
  Object.fromEntries(names.split(" ").map((name) => [name, row]));

/** Operators on pixels, reductions, and those that read a size only. */
export const windows: OperatorTable<GraphRow> = {
  ...rowsOf(
    "MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool Resize Upsample",
    planes,
  ),
  ...rowsOf(
    "ReduceSum ReduceL1 ReduceL2 ReduceSumSquare ReduceMean ReduceMax ReduceMin ReduceProd ReduceLogSum " +
      "ReduceLogSumExp ArgMax ArgMin",
    reduce,
  ),
  ...rowsOf("Shape Size Constant ConstantOfShape Range", nothing),
};
