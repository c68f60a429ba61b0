import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute, stringAttribute } from "../../onnx/attribute.ts";
import { divideDims, type Shape } from "../../onnx/dim.ts";

import { channelNodesAt, gathered, isVast } from "../channels.ts";
import { annotate } from "../annotate.ts";
import { mergeAxes } from "../merge_axes.ts";
import {
  type AxisLayout,
  BLANK,
  channelAxes,
  hasChannels,
  isPure,
  onAxis,
  permuted,
  reshaped,
  withShape,
} from "../axis_layout.ts";
import { longAxes, reshapedStored } from "../weight_view.ts";
import type { GraphRow, Trace } from "../trace.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** Any operator that keeps the elements in order and changes the shape around them. */
const reshape: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  const [from, stored, shape] = [trace.layout(x), trace.stored(x), trace.shape(node.outputs[0])];
  if (stored) {
    const result = shape && reshapedStored(stored, shape);
    if (!result) {
      trace.draft.pass(stored.tensor, `${describe(node)} brings it into an order that is not regular`);
    }
    return [result];
  }
  return [from && shape && reshaped(from, shape)];
};

const transpose: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  const [from, stored] = [trace.layout(x), trace.stored(x)];
  const rank = (from ?? stored)?.axes.length ?? 0;
  const perm = intsAttribute(node, "perm", Array.from({ length: rank }, (_, i) => rank - 1 - i));
  if (stored) return [{ ...stored, axes: perm.map((axis) => stored.axes[axis]!) }];
  return [from && permuted(from, perm)];
};

/** Channels side by side are all of them, in order; along other axes they must be the same. */
const concat: GraphRow = (node, trace) => {
  const output = node.outputs[0]!;
  const shape = trace.shape(output);
  if (!shape) return [];
  const axis = intAttribute(node, "axis", 1);
  const at = normalAxis(axis, shape.length);
  const found = node.inputs.filter((name) => trace.layout(name) !== undefined);
  const along = found.some((name) => channelAxes(trace.layout(name)!).includes(at));
  if (!along) return [besides(found, output, trace, node)];
  const parts: number[] = [];
  for (const name of node.inputs) {
    const from = trace.layout(name);
    const length = trace.shape(name)?.[at];
    if (typeof length !== "number") return [];
    if (!from) {
      trace.pass(name, `${describe(node)} puts it beside channels`);
      parts.push(...Array(length).fill(BLANK));
    } else if (!hasChannels(from)) parts.push(...channelNodesAt(name, at, length, { node, trace }).labels);
    else if (isPure(from, at)) parts.push(...from.labels);
    else if (channelAxes(from).join() === String(at) && !isVast(from, at)) {
      parts.push(...gathered(from, at, name, { node, trace }).labels);
    } else return [];
  }
  const [first] = found.map((name) => trace.layout(name)!).filter((from) => hasChannels(from));
  return [withShape(onAxis(first!, at, Int32Array.from(parts)), shape)];
};

/** Concatenation along an axis without channels; a stored vector may be a token in the row. */
const besides = (
  found: readonly string[],
  output: string,
  trace: Trace,
  node: Parameters<GraphRow>[0],
): AxisLayout | undefined => {
  const shape = trace.shape(output)!;
  const [first, ...others] = found.map((name) => withShape(trace.layout(name)!, shape));
  const stored = node.inputs.map((name) => trace.stored(name)).filter((from) => from !== undefined);
  if (!first) {
    for (const { tensor } of stored) {
      trace.draft.pass(tensor, `${describe(node)} joins it to other stored tensors`);
    }
    return undefined;
  }
  let result: AxisLayout | undefined = others.reduce((a, b) => mergeAxes(a, b, node, trace), first);
  for (const token of stored) {
    const [axis, ...more] = longAxes(token);
    if (axis === undefined || more.length > 0 || !hasChannels(result!)) {
      trace.draft.pass(
        token.tensor,
        `${describe(node)} puts it beside other places, and it varies along them`,
      );
      continue;
    }
    trace.setLayout(output, result!);
    result = annotate({ name: output, axis }, [token], "token", { node, trace });
  }
  return result;
};

/** r² channels become the pixels of one, or the other way round. */
const blocks = (deep: boolean): GraphRow => (node, trace) => {
  const [x] = node.inputs;
  const [from, before, after] = [trace.layout(x), trace.shape(x), trace.shape(node.outputs[0])];
  if (!from || before?.length !== 4 || after?.length !== 4) return [];
  const r = intAttribute(node, "blocksize", 1);
  const [n, c, h, w] = before as [Shape[number], Shape[number], Shape[number], Shape[number]];
  const fewer = divideDims(c, r * r);
  const crd = stringAttribute(node, "mode", "DCR") === "CRD";
  const [shape, perm] = deep
    ? [[n, c, after[2]!, r, after[3]!, r], [0, 3, 5, 1, 2, 4]]
    : crd
    ? [[n, fewer, r, r, h, w], [0, 1, 4, 2, 5, 3]]
    : [[n, r, r, fewer, h, w], [0, 3, 4, 1, 5, 2]];
  const apart = reshaped(from, shape);
  return [apart && reshaped(permuted(apart, perm), after)];
};

/** Operators that keep the elements and move them. */
export const layouts: OperatorTable<GraphRow> = {
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Concat: concat,
  DepthToSpace: blocks(false),
  SpaceToDepth: blocks(true),
};
