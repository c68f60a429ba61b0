import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { normalAxis } from "../../tensor/tensor.ts";
import { type Axis, blockOfEach, isOpen, stop, withZero } from "../channels/axis.ts";
import { storedZero, zeroPoint } from "../quantized/stored_zero.ts";
import { convOfIntegers } from "./convolution.ts";
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
      const dims = shape(node.inputs[input]);
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

/**
 * A product of whole numbers, less their zero points: of all, of rows of the left or of columns of the right.
 */
const matMulInteger: ChannelRow = (call) => {
  const flow = matMul(call);
  const [output] = flow.outputs;
  if (!output) return flow;
  const joins = [2, 3].flatMap((input): [Axis, Axis][] => {
    const dims = call.shape(call.node.inputs[input]);
    if (!dims?.length || dims.at(-1) === 1) return [];
    return [[output.at(input === 2 ? -2 : -1)!, call.axis(input, -1, "statistic")]];
  });
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
  const joins = [1, 2, 4, 5].flatMap((input): [Axis, Axis][] => {
    const dims = call.shape(node.inputs[input]);
    if (!dims?.length || dims.at(-1) === 1) return [];
    return [[output.at(input < 3 ? -2 : -1)!, call.axis(input, -1, "statistic")]];
  });
  return {
    ...flow,
    outputs: [output.map((axis) => withZero(axis, zero))],
    joins: [...flow.joins ?? [], ...joins],
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
