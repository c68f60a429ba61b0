import { operatorOf, type OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import { type Axis, closed, isOpen, stop, withZero } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow, Flow, Role } from "./row.ts";
import { normalAxis } from "../../tensor/tensor.ts";

const averages = ({ node }: ChannelCall) => `${describe(node)} averages over it`;

/** The channels with parameters of one number per channel, which must go with them. */
function withParameters(
  channels: Axis,
  parameters: readonly Axis[],
): { axis: Axis; joins: NonNullable<Flow["joins"]> } {
  const shut = parameters.find((axis) => !isOpen(axis));
  const zero = parameters.slice(0, 2).every((axis) => isOpen(axis) && axis.zero);
  const axis = isOpen(channels) && shut ? shut : withZero(channels, zero);
  return { axis, joins: parameters.map((parameter) => [channels, parameter] as const) };
}

const parametersOf = (call: ChannelCall, roles: readonly Role[]): Axis[] =>
  roles.map((role, i) => call.axis(i + 1, 0, role));

/** Running statistics in use, or those of the batch: then its other axes are averaged over. */
const batchNorm: ChannelRow = (call) => {
  const { node } = call;
  const training = intAttribute(node, "training_mode", 0) === 1 ||
    (call.opset < 14 && node.outputs.length > 1);
  const axes = call.axes(0);
  const { axis, joins } = withParameters(
    axes[1] ?? closed(`${describe(node)} has an input of unknown rank`),
    parametersOf(call, ["scale", "bias", "statistic", "statistic"]),
  );
  // Before operator set 9 there may be parameters per position.
  const perPosition = intAttribute(node, "spatial", 1) === 0;
  const why = perPosition ? `${describe(node)} has parameters for each position` : averages(call);
  const outputs = axes.map((x, i) =>
    i === 1 && !perPosition ? axis : training || perPosition ? stop(x, why) : withZero(x, false)
  );
  return { outputs: [outputs, ...node.outputs.slice(1).map(() => [withZero(axis, false)])], joins };
};

const instanceNorm: ChannelRow = (call) => {
  const axes = call.axes(0);
  const { axis, joins } = withParameters(
    axes[1] ?? closed(`${describe(call.node)} has an input of unknown rank`),
    parametersOf(call, ["scale", "bias"]),
  );
  return {
    outputs: [axes.map((x, i) => i === 0 ? withZero(x, false) : i === 1 ? axis : stop(x, averages(call)))],
    joins,
  };
};

/** Channels of one norm group leave together. */
const groupNorm: ChannelRow = (call) => {
  const axes = call.axes(0);
  const groups = intAttribute(call.node, "num_groups", 1);
  const parameters = parametersOf(call, ["scale", "bias"]);
  const outputs = axes.map((x, i) => i === 0 ? withZero(x, false) : i === 1 ? x : stop(x, averages(call)));
  const channels = axes[1];
  if (!isOpen(channels)) {
    return {
      outputs: [outputs],
      joins: parameters.map((axis) => [channels ?? closed(averages(call)), axis] as const),
    };
  }
  const size = channels.labels.length / groups;
  const firsts = (length: number) => ({
    ...channels,
    // Before operator set 21 the parameters are per group.
    labels: Int32Array.from(
      { length },
      (_, i) => channels.labels[length === groups ? i * size : i - i % size]!,
    ),
  });
  const { axis, joins } = withParameters(channels, parameters);
  outputs[1] = axis;
  return {
    outputs: [outputs],
    joins: [
      [firsts(channels.labels.length), channels],
      ...joins.map(([_, axis]) => [isOpen(axis) ? firsts(axis.labels.length) : channels, axis] as const),
    ],
  };
};

/** Norms over the last axes mix the channels there. */
const layerNorm: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const start = intAttribute(node, "axis", -1);
  const from = normalAxis(start, axes.length);
  const behind = axes.map((axis, i) => i < from ? withZero(axis, false) : stop(axis, averages(call)));
  // What is told of the statistics has a single place along the axes that are averaged over.
  const statistics = behind.map((axis, i) => i < from ? axis : closed(averages(call)));
  // Scale and shift lie along what is averaged over, and stay with it.
  return { outputs: [behind, statistics, statistics] };
};

/**
 * Divides by the root of the mean of squares, to which masked channels add nothing: what is divided by stays
 * how many there were (`fixups/means.ts`), and the channels go with their scale.
 */
const rmsNorm: ChannelRow = (call) => {
  const { node } = call;
  // The root itself, where somebody reads it, is of another number of squares.
  if (node.outputs[1]) return layerNorm(call);
  const axes = call.axes(0);
  const from = normalAxis(intAttribute(node, "axis", -1), axes.length);
  const scale = call.shape(node.inputs[1]);
  const joins: [Axis, Axis][] = [];
  const output = axes.map((axis, i) => {
    if (i < from) return withZero(axis, false);
    const own = call.axis(1, i - from, "scale");
    const why = averages(call);
    if (scale?.length !== axes.length - from || !isOpen(axis) || !axis.zero) return stop(axis, why);
    joins.push([axis, own]);
    return isOpen(own) ? axis : own;
  });
  return { outputs: [output], joins };
};

/**
 * Rule for operators that mix axes: the others go on; along the one at `at`, and behind it where all of them
 * count, nothing may leave.
 */
const mixed = (call: ChannelCall, mixes: (axis: number) => boolean, why: string): Flow => ({
  outputs: [call.axes(0).map((axis, i) => mixes(i) ? stop(axis, why) : withZero(axis, false))],
});

/** Softmax and its kin along one axis; before operator set 13, along that axis and all after it. */
const softmax: ChannelRow = (call) => {
  const old = call.opset < 13;
  const start = intAttribute(call.node, "axis", old ? 1 : -1);
  const from = normalAxis(start, call.axes(0).length);
  const why = `${describe(call.node)} compares its channels with one another`;
  const axes = call.axes(0);
  const experts = axes[from];
  const chooses = call.experts && operatorOf(call.node) === "Softmax" && !(old && from < axes.length - 1);
  if (chooses && isOpen(experts)) {
    const chosen = { ...experts, zero: true, chosen: true };
    return {
      outputs: [axes.map((axis, i) => i === from ? chosen : withZero(axis, false))],
      choice: { axis: from, experts, least: 1 },
    };
  }
  return mixed(call, (i) => old ? i >= from : i === from, why);
};

/** Norms along one axis, the others beside it untouched. */
const alongAxis = (fallback: number): ChannelRow => (call) => {
  const start = intAttribute(call.node, "axis", fallback);
  const at = normalAxis(start, call.axes(0).length);
  return mixed(call, (i) => i === at, `${describe(call.node)} mixes its channels`);
};

/**
 * Subtracts means and divides by deviations, with nothing added below the line: a masked channel, which
 * deviates from nothing, would be zero by zero.
 */
const meanVariance: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const over = intsAttribute(node, "axes", [0, 2, 3]).map((axis) => normalAxis(axis, axes.length));
  const why = `${
    describe(node)
  } divides by a deviation, which is zero for a masked channel: engines give NaN`;
  return { outputs: [axes.map((axis, i) => stop(axis, over.includes(i) ? averages(call) : why))] };
};

/** Sums along one axis: the others go on, zeros as zeros. */
const cumSum: ChannelRow = (call) => {
  const axes = call.axes(0);
  const [given] = call.contents(call.node.inputs[1]) ?? [];
  const at = typeof given === "number" && normalAxis(given, axes.length);
  const why = `${describe(call.node)} adds up along it`;
  return { outputs: [axes.map((axis, i) => typeof at === "number" && i !== at ? axis : stop(axis, why))] };
};

/** Operators that compare or scale by what lies along an axis. */
export const normalizations: OperatorTable<ChannelRow> = {
  BatchNormalization: batchNorm,
  InstanceNormalization: instanceNorm,
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  RMSNormalization: rmsNorm,
  SimplifiedLayerNormalization: rmsNorm,
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  LRN: alongAxis(1),
  LpNormalization: alongAxis(-1),
  MeanVarianceNormalization: meanVariance,
  CumSum: cumSum,
};
