import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { type Axis, closed, isOpen, stop, withZero } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow, Flow } from "./row.ts";
import { isTensor, normalAxis } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";

const looksUp = ({ node }: ChannelCall) => `${describe(node)} looks it up by index`;

/**
 * One axis beside the one that indices are about: the same places of all inputs, where all are as long; their
 * channels leave together.
 */
function beside(
  call: ChannelCall,
  inputs: readonly number[],
  axis: number,
): { axis: Axis; joins: [Axis, Axis][] } {
  const [first, ...others] = inputs.map((input) => call.axis(input, axis)) as [Axis, ...Axis[]];
  const lengths = inputs.map((input) => call.shape(call.node.inputs[input])?.[axis]);
  if (lengths.some((length) => length !== lengths[0])) {
    return { axis: stop(first, `${describe(call.node)} takes a part of it`), joins: [] };
  }
  const shut = [first, ...others].find((one) => !isOpen(one));
  return { axis: shut ?? first, joins: others.map((other) => [first, other]) };
}

/** Elements by their places along one axis. */
const gatherElements: ChannelRow = (call) => {
  const axes = call.axes(0);
  const at = normalAxis(intAttribute(call.node, "axis", 0), axes.length);
  const experts = call.places(1);
  const looked = axes[at];
  const numbered = experts && looked;
  const found = axes.map((_, axis) => axis === at ? undefined : beside(call, [0, 1], axis));
  return {
    // Along the axis the output is as long as the indices are.
    outputs: [found.map((one) => one?.axis ?? withZero(call.axis(1, at), false))],
    joins: [
      ...found.flatMap((one) => one?.joins ?? []),
      ...numbered ? [[looked, { labels: experts, zero: false }] as const] : [],
    ],
    consumed: [numbered ? looked : stop(axes[at]!, looksUp(call))],
  };
};

/** Whether the first input is a stored tensor of zeros. */
function storesZeros({ node, graph }: ChannelCall): boolean {
  const tensor = graph.initializers.get(node.inputs[0]!);
  return tensor !== undefined && isTensor(tensor) && tensor.type !== "string" &&
    arrayOf(tensor).every((n) => n === 0);
}

/** Elements written at places along one axis. */
const scatterElements: ChannelRow = (call) => {
  const axes = call.axes(0);
  const at = normalAxis(intAttribute(call.node, "axis", 0), axes.length);
  const experts = call.places(1);
  const written = (axis: Axis): { axis: Axis; joins: [Axis, Axis][] } => {
    if (!experts) return { axis: stop(axis, looksUp(call)), joins: [] };
    // What is never chosen is never written, so it stays what it was.
    const zero = isOpen(axis) && (axis.zero || storesZeros(call));
    return {
      axis: isOpen(axis) ? { ...axis, zero, chosen: true } : axis,
      joins: [[axis, { labels: experts, zero: false }]],
    };
  };
  const found = axes.map((axis, i) => i === at ? written(axis) : beside(call, [0, 1, 2], i));
  return {
    outputs: [found.map(({ axis }, i) => {
      if (i === at) return axis;
      const written = call.axis(2, i);
      return withZero(axis, isOpen(written) && written.zero);
    })],
    joins: found.flatMap(({ joins }) => joins),
  };
};

/** Whole slices written at places along the first axes: what lies along the others goes on. */
const scatterND: ChannelRow = (call) => {
  const { node } = call;
  const indices = call.shape(node.inputs[1]);
  const depth = indices?.at(-1);
  if (indices === undefined || typeof depth !== "number") return { outputs: [] };
  const joins: [Axis, Axis][] = [];
  const output = call.axes(0).map((axis, i) => {
    if (i < depth) return stop(axis, looksUp(call));
    const written = call.axis(2, indices.length - 1 + i - depth);
    joins.push([axis, written]);
    return isOpen(written) ? withZero(axis, written.zero) : written;
  });
  return { outputs: [output], joins };
};

/** A choice of the largest among experts: places among those that there are, and how large these are. */
function chosenAmong(call: ChannelCall, fallback: number): Flow | undefined {
  const { node } = call;
  const axes = call.axes(0);
  const at = normalAxis(intAttribute(node, "axis", fallback), axes.length);
  const experts = axes[at];
  const least = call.shape(node.outputs[0])?.[at];
  if (!call.experts || !isOpen(experts) || intAttribute(node, "largest", 1) !== 1) return undefined;
  if (typeof least !== "number") return undefined;
  const why = `${describe(node)} chooses among experts`;
  const values = axes.map((axis, i) => i === at ? closed(why) : axis);
  return {
    outputs: [values, values.map((axis) => withZero(axis, false))],
    consumed: [experts],
    choice: { axis: at, experts, least },
    places: 1,
  };
}

/** The largest along one axis and their places; the others go on. */
const topK: ChannelRow = (call) => {
  const experts = chosenAmong(call, -1);
  if (experts) return experts;
  const axes = call.axes(0);
  const at = normalAxis(intAttribute(call.node, "axis", -1), axes.length);
  const why = `${describe(call.node)} compares its channels with one another`;
  const values = axes.map((axis, i) => i === at ? closed(why) : axis);
  return {
    outputs: [values, values.map((axis) => withZero(axis, false))],
    consumed: [stop(axes[at]!, why)],
  };
};

/** A triangle of the last two axes: where it ends is counted along both. */
const trilu: ChannelRow = (call) => {
  const axes = call.axes(0);
  const why = `${describe(call.node)} counts places along it`;
  return { outputs: [axes.map((axis, i) => i < axes.length - 2 ? axis : stop(axis, why))] };
};

/** A one at each number, along a new axis. */
const oneHot: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const at = normalAxis(intAttribute(node, "axis", -1), axes.length + 1);
  const experts = call.places(0);
  const [off, on] = call.contents(node.inputs[2]) ?? [];
  const depth = call.shape(node.outputs[0])?.[at];
  const numbered = experts && experts.length === depth && off === 0 && on === 1;
  const added: Axis = numbered
    ? { labels: experts, zero: true, chosen: true }
    : closed(`${describe(node)} makes it of numbers`);
  const joins: [Axis, Axis][] = experts ? [[added, { labels: experts, zero: false }]] : [];
  return { outputs: [axes.map((axis) => withZero(axis, false)).toSpliced(at, 0, added)], joins };
};

/** Operators that read or write by computed places. */
export const scatters: OperatorTable<ChannelRow> = {
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TopK: topK,
  OneHot: oneHot,
  Trilu: trilu,
};
