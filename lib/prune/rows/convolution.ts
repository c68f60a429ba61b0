import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { type Axis, type Channels, isOpen, pick, stop, withZero } from "../axis.ts";
import type { ChannelCall, ChannelRow, Flow } from "./row.ts";
import { windowed } from "./window.ts";

const range = (length: number, start = 0, step = 1) => Array.from({ length }, (_, i) => start + i * step);

type Joins = (readonly [Axis, Axis])[];

/**
 * The axis of the weight that has one position per channel of a layer, and the one per channel of a group.
 */
interface Layout {
  /** Along weight axis 0: the output for Conv, the input for ConvTranspose. */
  whole: Axis;
  /** Along the other side's channels, all groups together. */
  other: Axis;
  /** Along weight axis 1: the other side's channels of one group. */
  inner: Axis;
}

/**
 * Couples the channels of a convolution. In groups, channels leave in one of two ways, whichever gives more
 * separate choices: a group as a whole, with its inputs and outputs (depthwise is the extreme), or the same
 * place in every group.
 */
function couple(
  { node }: ChannelCall,
  { whole, other, inner }: Layout,
  groups: number,
): Pick<Flow, "joins" | "consumed"> {
  // Stored weights are masked with what they read; computed ones may not be zero where that is not either.
  const seen = isOpen(inner) && isOpen(other) && !inner.zero && !other.zero;
  const consumed = seen
    ? [stop(inner, `${describe(node)} sums over it, where a masked channel is not zero`)]
    : [];
  if (groups === 1) return { joins: [[inner, other]], consumed };
  const shut = [whole, other].find((axis) => !isOpen(axis));
  if (!isOpen(whole) || !isOpen(other)) {
    return { joins: [whole, other, inner].map((axis) => [axis, shut!] as const) };
  }
  const perWhole = whole.labels.length / groups;
  const perOther = other.labels.length / groups;
  if (groups >= Math.min(perWhole, perOther)) {
    const firstOf = (axis: Channels, size: number) =>
      pick(whole, range(axis.labels.length).map((i) => perWhole * Math.floor(i / size)));
    return {
      joins: [[firstOf(whole, perWhole), whole], [firstOf(other, perOther), other]],
      consumed: [stop(inner, `${describe(node)} needs all inputs of each of its groups`)],
    };
  }
  const joins: Joins = range(groups).flatMap((g) => [
    [inner, pick(other, range(perOther, g * perOther))] as const,
    [pick(whole, range(perWhole)), pick(whole, range(perWhole, g * perWhole))] as const,
  ]);
  return { joins, consumed };
}

/** The axes of the output: batch, channels with a bias that must go with them, pixels. */
function behind(
  call: ChannelCall,
  out: Axis,
  { joins = [], consumed = [] }: Pick<Flow, "joins" | "consumed">,
): Flow {
  const biased = Boolean(call.node.inputs[2]);
  const kernel = call.shape(call.node.inputs[1])?.slice(2);
  const [batch, _, ...pixels] = windowed(call, kernel, !biased);
  if (!batch) return { outputs: [] };
  if (!biased) return { outputs: [[batch, out, ...pixels]], joins, consumed };
  const bias = call.axis(2, 0, "bias");
  const channels = isOpen(bias) ? withZero(out, bias.zero) : bias;
  return { outputs: [[batch, channels, ...pixels]], joins: [...joins, [out, bias]], consumed };
}

/** W: [output, input / groups, …window] */
const conv: ChannelRow = (call) => {
  const whole = call.axis(1, 0, "out");
  const layout = { whole, other: call.axis(0, 1), inner: call.axis(1, 1, "in") };
  return behind(call, whole, couple(call, layout, intAttribute(call.node, "group", 1)));
};

/** W: [input, output / groups, …window] */
const convTranspose: ChannelRow = (call) => {
  const groups = intAttribute(call.node, "group", 1);
  const [whole, inner] = [call.axis(1, 0, "in"), call.axis(1, 1, "out")];
  const input = [whole, call.axis(0, 1)] as const;
  if (groups === 1) return behind(call, inner, { joins: [input] });
  const outputs = Number(call.shape(call.node.inputs[1])?.[1] ?? 0) * groups;
  const other: Axis = { labels: call.fresh(outputs), zero: isOpen(inner) && inner.zero };
  const { joins, consumed } = couple(call, { whole, other, inner }, groups);
  return behind(call, other, { joins: [input, ...joins ?? []], consumed: consumed ?? [] });
};

/** Convolutions. */
export const convolutions: OperatorTable<ChannelRow> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
