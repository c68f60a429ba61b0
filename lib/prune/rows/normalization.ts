import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { Axis, ChannelRow, Role } from "../trace.ts";
import { axesOf } from "./elementwise.ts";

/** Norms with parameters per channel: scale, shift, and running statistics. */
const perChannel = (roles: readonly Role[]): ChannelRow => (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const parameters = roles.map((role, i) => trace.axis(node.inputs[i + 1], 0, role));
  const channels: Axis | undefined = axes[1] ?? parameters.find((axis) => axis !== undefined);
  for (const axis of parameters) {
    trace.join(channels, axis, `${describe(node)} normalizes channels that must stay`);
  }
  if (!axes[1]) {
    for (const axis of parameters) {
      trace.join(axis, undefined, `${describe(node)} normalizes channels that must stay`);
    }
    return [[axes[0], undefined]];
  }
  const zero = (parameters[0]?.zero ?? false) && (parameters[1]?.zero ?? false);
  return [[axes[0], { ...axes[1], zero }]];
};

/** Channels of one norm group leave together. */
const groupNorm: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const channels = axes[1];
  const groups = intAttribute(node, "num_groups", 1);
  const reason = `${describe(node)} normalizes channels that must stay`;
  const parameters = [trace.axis(node.inputs[1], 0, "scale"), trace.axis(node.inputs[2], 0, "bias")];
  if (!channels) {
    for (const axis of parameters) trace.join(axis, undefined, reason);
    return [[axes[0], undefined]];
  }
  const size = channels.labels.length / groups;
  channels.labels.forEach((label, i) => trace.atoms.join(channels.labels[i - i % size]!, label, reason));
  for (const axis of parameters) {
    if (!axis) trace.join(channels, undefined, reason);
    // Before operator set 21 the parameters are per group.
    else {axis.labels.forEach((label, i) => {
        trace.atoms.join(channels.labels[axis.labels.length === groups ? i * size : i]!, label, reason);
      });}
  }
  const zero = parameters.every((axis) => axis?.zero);
  return [[axes[0], { ...channels, zero }]];
};

/** Norms over the last axes mix the channels there. */
const layerNorm: ChannelRow = (node, trace) => {
  const [x, ...parameters] = node.inputs;
  const axes = axesOf(trace, x);
  const start = intAttribute(node, "axis", -1);
  const from = start < 0 ? start + axes.length : start;
  for (let axis = from; axis < axes.length; axis++) {
    trace.protect(x, `${describe(node)} averages over it`, axis);
  }
  for (const name of parameters) trace.protect(name, `${describe(node)} averages over its channels`);
  return [axes.map((axis, i) => i < from ? axis && { ...axis, zero: false } : undefined)];
};

/** Softmax and its kin along one axis; before operator set 13, along that axis and all after it. */
const softmax: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const old = trace.opset < 13;
  const start = intAttribute(node, "axis", old ? 1 : -1);
  const from = start < 0 ? start + axes.length : start;
  return [axes.map((axis, i) => {
    if (old ? i < from : i !== from) return axis && { ...axis, zero: false };
    if (axis) trace.atoms.keep(axis.labels, `${describe(node)} compares its channels with one another`);
    return undefined;
  })];
};

/** Norms along one axis, the others beside it untouched. */
const alongAxis = (fallback: number): ChannelRow => (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const start = intAttribute(node, "axis", fallback);
  const at = start < 0 ? start + axes.length : start;
  trace.protect(node.inputs[0], `${describe(node)} mixes its channels`, at);
  return [axes.map((axis, i) => i === at ? undefined : axis && { ...axis, zero: false })];
};

/** Operators that compare or scale by what lies along an axis. */
export const normalizations: Readonly<Record<string, ChannelRow>> = {
  BatchNormalization: perChannel(["scale", "bias", "statistic", "statistic"]),
  InstanceNormalization: perChannel(["scale", "bias"]),
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  RMSNormalization: layerNorm,
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  LRN: alongAxis(1),
  LpNormalization: alongAxis(-1),
  CumSum: (node, trace) => {
    for (const axis of axesOf(trace, node.inputs[0])) {
      if (axis) trace.atoms.keep(axis.labels, `${describe(node)} adds up along it`);
    }
    return [];
  },
};
