import { operatorOf, type OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute, stringAttribute } from "../../onnx/attribute.ts";
import { type Axis, isOpen, pick, stop, withZero } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow } from "./row.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** Whether a window along a spatial axis (0 is the first) is one wide and goes place by place. */
function standsStill({ node }: ChannelCall, i: number, kernel: unknown, spatial: number): boolean {
  const at = (name: string, index: number, fallback: number) =>
    (intsAttribute(node, name, undefined)?.[index] ?? fallback) === fallback;
  return kernel === 1 && at("strides", i, 1) && at("pads", i, 0) && at("pads", i + spatial, 0) &&
    at("output_padding", i, 0) && !("output_shape" in node.attributes);
}

/**
 * The axes of a value behind a window that slides over those from 2 on: channels there go through a window of
 * one place; any other needs them all.
 *
 * @param kernel sizes of the window, where known
 * @param zero whether a masked channel along the axes that go through stays zero
 */
export function windowed(call: ChannelCall, kernel: readonly unknown[] | undefined, zero: boolean): Axis[] {
  const axes = call.axes(0);
  return axes.map((axis, i) =>
    i < 2 || standsStill(call, i - 2, kernel?.[i - 2], axes.length - 2)
      ? withZero(axis, zero)
      : stop(axis, `${describe(call.node)} slides its window over it`)
  );
}

/** Each channel by itself, whatever happens to its pixels. */
const pool: ChannelRow = (call) => {
  const { node, uses, graph } = call;
  const pooled = windowed(call, intsAttribute(node, "kernel_shape", undefined), true);
  const places = node.outputs[1];
  // Where the largest one was is told as a place among all channels: only an unpooling of as many channels
  // makes nothing else of it.
  const unpools = places && !graph.outputs.includes(places) &&
    uses.get(places)?.every((use) => operatorOf(use.node) === "MaxUnpool" && use.index === 1);
  return {
    outputs: unpools ? [pooled, pooled.map((axis) => withZero(axis, false))] : [pooled],
    filled: call.axes(0),
  };
};

/** Puts numbers where a pooling took them from, among zeros. */
const unpool: ChannelRow = (call) => {
  const axes = call.axes(0);
  const why = `${describe(call.node)} spreads it`;
  const output = axes.map((axis, i) => {
    const place = call.axis(1, i);
    return i >= 2 ? stop(axis, why) : isOpen(place) ? axis : place;
  });
  return { outputs: [output], joins: [0, 1].map((i) => [axes[i]!, call.axis(1, i)] as const) };
};

const globalPool: ChannelRow = (call) => ({
  outputs: [call.axes(0).map((axis, i) => i < 2 ? axis : stop(axis, `${describe(call.node)} pools over it`))],
  filled: call.axes(0),
});

/** Axes that are not stretched keep their channels. */
const resize: ChannelRow = (call) => {
  const { node, shape, contents } = call;
  const axes = call.axes(0);
  const [before, after] = [shape(node.inputs[0]), shape(node.outputs[0])];
  const named = intsAttribute(node, "axes", undefined)?.map((axis) => normalAxis(axis, axes.length));
  const upsamples = operatorOf(node) === "Upsample";
  const given = upsamples && !node.inputs[1]
    ? undefined
    : contents(node.inputs[upsamples || call.opset < 11 ? 1 : 2]);
  const crops = stringAttribute(node, "coordinate_transformation_mode", "") === "tf_crop_and_resize";
  const still = (i: number) => {
    if (named && !named.includes(i)) return true;
    // Sizes of named axes are not rewritten.
    if (named && node.inputs[3]) return false;
    const scale = given?.length ? given[named ? named.indexOf(i) : i] : 1;
    return !crops && scale === 1 && before?.[i] === after?.[i];
  };
  return {
    outputs: [
      axes.map((axis, i) => isOpen(axis) && !still(i) ? stop(axis, `${describe(node)} stretches it`) : axis),
    ],
  };
};

/** r² channels become one of r² times the pixels: they leave together. */
const depthToSpace: ChannelRow = (call) => {
  const { node } = call;
  const area = intAttribute(node, "blocksize", 1) ** 2;
  const axes = call.axes(0);
  const why = `${describe(node)} fills its blocks from the channels`;
  const outputs = axes.map((axis, i) => i < 2 ? axis : stop(axis, why));
  const x = axes[1];
  if (!isOpen(x)) return { outputs: [outputs] };
  const channels = x.labels.length / area;
  const crd = stringAttribute(node, "mode", "DCR") === "CRD";
  const first = Int32Array.from(x.labels, (_, i) => x.labels[crd ? i - i % area : i % channels]!);
  const labels = Int32Array.from({ length: channels }, (_, c) => x.labels[crd ? c * area : c]!);
  outputs[1] = { ...x, labels };
  return { outputs: [outputs], joins: [[{ ...x, labels: first }, x]] };
};

const spaceToDepth: ChannelRow = (call) => {
  const area = intAttribute(call.node, "blocksize", 1) ** 2;
  const why = `${describe(call.node)} cuts it into blocks`;
  const outputs = call.axes(0).map((axis, i) => i < 2 ? axis : stop(axis, why));
  const x = outputs[1];
  if (isOpen(x)) {
    const { length } = x.labels;
    outputs[1] = {
      ...x,
      labels: Int32Array.from({ length: length * area }, (_, i) => x.labels[i % length]!),
    };
  }
  return { outputs: [outputs] };
};

/** Reads pixels of each channel at places that another input tells, one set of places for all channels. */
const sampled: ChannelRow = (call) => {
  const why = `${describe(call.node)} looks for places along it`;
  const axes = call.axes(0).map((axis, i): Axis => i === 1 ? axis : stop(axis, why));
  return { outputs: [axes] };
};

/** Pixels of a block lie along the channels, a run for each: a channel leaves with its run. */
const columnsToImage: ChannelRow = (call) => {
  const { node, contents } = call;
  const block = contents(node.inputs[2])?.reduce<number>((size, dim) => size * Number(dim), 1);
  const rank = call.shape(node.outputs[0])?.length;
  if (!block || rank === undefined) return { outputs: [] };
  const [batch, columns] = [call.axis(0, 0), call.axis(0, 1)];
  const why = `${describe(node)} lays it out as pixels`;
  const pixels = Array.from({ length: rank - 2 }, () => stop(call.axis(0, 2), why));
  if (!isOpen(columns)) return { outputs: [[batch, columns, ...pixels]] };
  const places = Array.from(columns.labels.keys());
  const firsts = pick(columns, places.map((i) => i - i % block));
  return {
    outputs: [[batch, pick(columns, places.filter((i) => i % block === 0)), ...pixels]],
    joins: [[firsts, columns]],
  };
};

/** Operators on pixels. */
export const windows: OperatorTable<ChannelRow> = {
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  MaxUnpool: unpool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  Resize: resize,
  Upsample: resize,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Col2Im: columnsToImage,
  GridSample: sampled,
  RoiAlign: sampled,
  MaxRoiPool: sampled,
};
