import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { normalAxis } from "../../tensor/tensor.ts";
import { type Axis, blockOfEach, closed, isOpen, stop, withZero } from "../channels/axis.ts";
import { storedZero, zeroPoint } from "../quantized/stored_zero.ts";
import { convOfIntegers, unknownPoints } from "./convolution.ts";
import { matMul } from "./linear.ts";
import type { ChannelCall, ChannelRow, Flow } from "./row.ts";

/** Scales and zero points, of one number or of one for each channel along an axis, go with the channels. */
function scaled(call: ChannelCall, zero: boolean): Flow {
  const { node, shape } = call;
  const axes = call.axes(0);
  const at = normalAxis(intAttribute(node, "axis", 1), axes.length);
  const blockSize = intAttribute(node, "block_size", 0);
  const joins: [Axis, Axis][] = [];
  const output = axes.map((axis, i) => {
    if (i === at && blockSize && shape(node.inputs[1])?.[at] === 1) {
      return stop(axis, `${describe(node)} has one scale for all along it`);
    }
    for (const input of [1, 2]) {
      const dims = node.inputs[input] ? shape(node.inputs[input]) : [];
      if (!dims && (blockSize || i === at)) joins.push([axis, unknownPoints(node)]);
      if (!dims || dims.length === 0) continue;
      // One scale for each channel, or, in blocks, one for each block and place of the other axes.
      if (blockSize) {
        const scales = call.axis(input, i, "statistic");
        const length = isOpen(axis) ? axis.labels.length : 0;
        joins.push([axis, i === at ? blockOfEach(scales, length, blockSize) : scales]);
      } else if (i === at && dims[0] !== 1) joins.push([axis, call.axis(input, 0, "statistic")]);
    }
    return withZero(axis, zero);
  });
  const shut = joins.find(([, other]) => !isOpen(other))?.[1];
  return { outputs: [output.map((axis, i) => i === at && shut && isOpen(axis) ? shut : axis)], joins };
}

/** Whole numbers, of which a masked channel holds 0 where that is the zero point. */
const quantize: ChannelRow = (call) => scaled(call, zeroPoint(call.node, 2, call.graph) === 0);

/** Floats again: a stored channel is masked with its zero point, a computed one is zero where that is 0. */
const dequantize: ChannelRow = (call) => {
  const { node, graph, uses } = call;
  const zero = call.stored(0)
    ? storedZero(node.inputs[0]!, graph, uses) !== undefined
    : zeroPoint(node, 2, graph) === 0;
  return scaled(call, zero);
};

/** One scale for all, from the smallest to the largest number, of which zero always is one. */
const dynamicQuantize: ChannelRow = (call) => {
  const why = `${describe(call.node)} looks for its largest number`;
  const axes = call.axes(0).map((axis) =>
    isOpen(axis) && !axis.zero ? stop(axis, why) : withZero(axis, false)
  );
  return { outputs: [axes, [], []] };
};

/** What scales and zero points of a product are of: its sides, or its result, as axes and sizes. */
interface Side {
  /** Channels along each axis. */
  axes: readonly Axis[];
  /** The axis, counted from the back, that a vector has a number for each position of. */
  vector: -1 | -2;
}

/**
 * Couples scales or zero points, of one number or of one for each position of some axes, with these: a vector
 * has one for each row of the left side or of the result, or for each column of the right one; of more axes,
 * each lies along that at the same place from the back, [D1, D2, M, 1] and [D1, D2, 1, N].
 */
function pointsOf(call: ChannelCall, input: number, { axes, vector }: Side): [Axis, Axis][] {
  const { node } = call;
  if (!node.inputs[input]) return [];
  const dims = call.shape(node.inputs[input]);
  if (dims === undefined) return axes.map((axis) => [axis, unknownPoints(node)]);
  return dims.flatMap((dim, i): [Axis, Axis][] => {
    if (dim === 1) return [];
    const along = axes.at(dims.length === 1 ? vector : i - dims.length);
    return [[along ?? closed(`${describe(node)} has none of its axes`), call.axis(input, i, "statistic")]];
  });
}

/**
 * A product of whole numbers, less their zero points: of all, of rows of the left or of columns of the right.
 */
const matMulInteger: ChannelRow = (call) => {
  const flow = matMul(call);
  if (!flow.outputs[0]) return flow;
  const joins = [
    ...pointsOf(call, 2, { axes: call.axes(0), vector: -2 }),
    ...pointsOf(call, 3, { axes: call.axes(1), vector: -1 }),
  ];
  return { ...flow, joins: [...flow.joins ?? [], ...joins] };
};

/**
 * A product of whole numbers that is rounded to whole numbers again, with scales and zero points of all
 * three.
 */
const qLinearMatMul: ChannelRow = (call) => {
  const { node, graph } = call;
  const at = [0, 3];
  const flow = matMul({
    ...call,
    node: { ...node, inputs: at.map((input) => node.inputs[input]!) },
    axis: (input, axis, role) => call.axis(at[input]!, axis, role),
    axes: (input, role) => call.axes(at[input]!, role),
    stored: (input) => call.stored(at[input]!),
  });
  const [output] = flow.outputs;
  if (!output) return flow;
  const zero = zeroPoint(node, 7, graph) === 0;
  const [left, right, result]: Side[] = [
    { axes: call.axes(0), vector: -2 },
    { axes: call.axes(3), vector: -1 },
    { axes: output, vector: -2 },
  ];
  const sides = [[1, left], [2, left], [4, right], [5, right], [6, result], [7, result]] as const;
  return {
    ...flow,
    outputs: [output.map((axis) => withZero(axis, zero))],
    joins: [...flow.joins ?? [], ...sides.flatMap(([input, side]) => pointsOf(call, input, side!))],
  };
};

/** Between floats and whole numbers that stand for them. */
export const quantizations: OperatorTable<ChannelRow> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  MatMulInteger: matMulInteger,
  QLinearMatMul: qLinearMatMul,
  ConvInteger: convOfIntegers([1, undefined], [3], undefined),
  QLinearConv: convOfIntegers([3, 8], [4, 5], 7),
};
