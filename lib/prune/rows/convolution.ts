import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { type Axis, type Channels, closed, isOpen, pick, stop, withZero } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow, Flow } from "./row.ts";
import { wayBySize } from "../channels/group_ways.ts";
import { zeroPoint } from "../quantized/stored_zero.ts";
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

type Coupled = Pick<Flow, "joins" | "consumed" | "grouped">;

/**
 * Couples the channels of a convolution. In groups, channels leave in one of two ways: a group as a whole,
 * with its inputs and outputs (depthwise is the extreme), or the same place in every group. Where those on
 * one side must stay, only places are left, which leave on the other.
 */
function couple(
  { node, ways }: ChannelCall,
  { whole, other, inner }: Layout,
  groups: number,
  consumed: readonly Axis[],
): Coupled {
  if (groups === 1) return { joins: [[inner, other]], consumed };
  const output = node.outputs[0]!;
  const perGroup = [whole, other].map((axis) => isOpen(axis) ? axis.labels.length / groups : NaN);
  const [perWhole, perOther] = perGroup as [number, number];
  if (isOpen(whole) && isOpen(other)) {
    // Single channels are groups and places at once.
    const way = perWhole * perOther === 1 ? "groups" : ways.get(output) ?? wayBySize(groups, perGroup);
    const grouped = { output, way, labels: [whole.labels, other.labels] };
    if (way === "places") return { joins: places(), consumed, grouped };
    const firstOf = (axis: Channels, size: number) =>
      pick(whole, range(axis.labels.length).map((i) => perWhole * Math.floor(i / size)));
    return {
      joins: [[firstOf(whole, perWhole), whole], [firstOf(other, perOther), other]],
      consumed: [...consumed, stop(inner, `${describe(node)} needs all inputs of each of its groups`)],
      grouped,
    };
  }
  return { joins: places(), consumed };

  function places(): Joins {
    return range(groups).flatMap((g): Joins => [
      [inner, isOpen(other) ? pick(other, range(perOther, g * perOther)) : other],
      ...isOpen(whole)
        ? [[pick(whole, range(perWhole)), pick(whole, range(perWhole, g * perWhole))] as const]
        : [],
    ]);
  }
}

/**
 * The axis of a weight that is summed over with that of the input, where neither is zero when masked. Stored
 * weights are masked with what they read; computed ones may not be zero where that is not either.
 */
function seen({ node }: ChannelCall, weight: Axis, input: Axis): Axis[] {
  return isOpen(weight) && isOpen(input) && !weight.zero && !input.zero
    ? [stop(weight, `${describe(node)} sums over it, where a masked channel is not zero`)]
    : [];
}

/** Inputs of a convolution: its weight, and its bias where it may have one. */
type Stored = readonly [weight: number, bias: number | undefined];

const FLOATS: Stored = [1, 2];

/** The axes of the output: batch, channels with a bias that must go with them, pixels. */
function behind(
  call: ChannelCall,
  out: Axis,
  { joins = [], ...coupled }: Coupled,
  [weight, bias]: Stored = FLOATS,
): Flow {
  const biased = bias !== undefined && Boolean(call.node.inputs[bias]);
  const kernel = call.shape(call.node.inputs[weight])?.slice(2);
  const [batch, _, ...pixels] = windowed(call, kernel, !biased);
  if (!batch) return { outputs: [] };
  if (!biased) return { outputs: [[batch, out, ...pixels]], joins, ...coupled };
  const shift = call.axis(bias, 0, "bias");
  const channels = isOpen(shift) ? withZero(out, shift.zero) : shift;
  return { outputs: [[batch, channels, ...pixels]], joins: [...joins, [out, shift]], ...coupled };
}

/** W: [output, input / groups, …window] */
const convWith = (stored: Stored): ChannelRow => (call) => {
  const [weight] = stored;
  const whole = call.axis(weight, 0, "out");
  const layout = { whole, other: call.axis(0, 1), inner: call.axis(weight, 1, "in") };
  const summed = seen(call, layout.inner, layout.other);
  return behind(call, whole, couple(call, layout, intAttribute(call.node, "group", 1), summed), stored);
};

const conv = convWith(FLOATS);

/** What keeps channels whose scales or zero points may be one for each of them, or one for all. */
export const unknownPoints = (node: Node): Axis =>
  closed(`${describe(node)} has scales or zero points of unknown shape`);

/**
 * A convolution of whole numbers, whose scales and zero points may be one for each output.
 *
 * @param points inputs with these
 * @param result the input with the zero point of what it gives, where it has one
 */
export const convOfIntegers = (
  stored: Stored,
  points: readonly number[],
  result: number | undefined,
): ChannelRow => {
  const row = convWith(stored);
  return (call) => {
    const flow = row(call);
    const [output] = flow.outputs;
    if (!output) return flow;
    const zero = result === undefined || zeroPoint(call.node, result, call.graph) === 0;
    const joins = points.flatMap((input): Joins => {
      const dims = call.node.inputs[input] ? call.shape(call.node.inputs[input]) : [];
      if (!dims) return [[output[1]!, unknownPoints(call.node)]];
      return dims.length && dims[0] !== 1 ? [[output[1]!, call.axis(input, 0, "statistic")]] : [];
    });
    return {
      ...flow,
      outputs: [output.map((axis) => withZero(axis, zero))],
      joins: [...flow.joins ?? [], ...joins],
    };
  };
};

/** W: [input, output / groups, …window] */
const convTranspose: ChannelRow = (call) => {
  const groups = intAttribute(call.node, "group", 1);
  const [whole, inner] = [call.axis(1, 0, "in"), call.axis(1, 1, "out")];
  const x = call.axis(0, 1);
  const input = [whole, x] as const;
  const summed = seen(call, whole, x);
  if (groups === 1) return behind(call, inner, { joins: [input], consumed: summed });
  const outputs = Number(call.shape(call.node.inputs[1])?.[1] ?? 0) * groups;
  const other: Axis = { labels: call.fresh(outputs), zero: isOpen(inner) && inner.zero };
  const { joins = [], ...coupled } = couple(
    call,
    { whole: isOpen(x) ? whole : x, other, inner },
    groups,
    summed,
  );
  return behind(call, other, { joins: [input, ...joins], ...coupled });
};

/** Convolutions. */
export const convolutions: OperatorTable<ChannelRow> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
