import { describe } from "../../onnx/attribute.ts";
import type { ChannelRow } from "../trace.ts";
import { axesOf } from "./elementwise.ts";

/** Each channel by itself, whatever happens to its pixels. */
const pool: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const result = axes.map((axis, i) => i < 2 ? axis : undefined);
  return [result, result.map((axis) => axis && { ...axis, zero: false })];
};

/** Axes of unchanged length keep their channels. */
const resize: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const [before, after] = [trace.shape(node.inputs[0]), trace.shape(node.outputs[0])];
  return [axes.map((axis, i) => {
    if (axis && before?.[i] === after?.[i]) return axis;
    if (axis) trace.atoms.keep(axis.labels, `${describe(node)} may stretch it`);
    return undefined;
  })];
};

/** Reads the size only: what is computed from it keeps computing with the original size. */
const sizeOnly: ChannelRow = () => [];

/** Operators on pixels, and those that read a size only. */
export const windows: Readonly<Record<string, ChannelRow>> = {
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: pool,
  GlobalMaxPool: pool,
  GlobalLpPool: pool,
  Resize: resize,
  Upsample: resize,
  Shape: sizeOnly,
  Size: sizeOnly,
  Constant: sizeOnly,
};
