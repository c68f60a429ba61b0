import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Dim } from "../../onnx/dim.ts";
import type { Node } from "../../onnx/model.ts";
import { gatheredPositions, slicedPositions } from "../../prune/rows/indexing.ts";
import {
  type AxisLayout,
  BLANK,
  onAxis,
  selected,
  withoutAxis,
  withoutChannels,
  withShape,
} from "../axis_layout.ts";
import type { WeightView } from "../weight_view.ts";
import type { GraphRow, Trace } from "../trace.ts";
import { denseEdges } from "../add_edges.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** Positions along an axis of a value, stored or computed. */
function take<T extends AxisLayout | WeightView>(
  from: T,
  axis: number,
  positions: readonly number[],
): T | undefined {
  if (!("tensor" in from)) return selected(from, axis, positions) as T | undefined;
  return { ...from, axes: from.axes.with(axis, Int32Array.from(positions, (i) => from.axes[axis]![i]!)) };
}

const either = (name: string | undefined, trace: Trace): AxisLayout | WeightView | undefined =>
  trace.stored(name) ?? trace.layout(name);

const split: GraphRow = (node, trace) => {
  const from = either(node.inputs[0], trace);
  if (!from) return [];
  const axis = intAttribute(node, "axis", 0);
  const at = normalAxis(axis, from.axes.length);
  let start = 0;
  return node.outputs.map((name) => {
    const length = trace.shape(name)?.[at];
    if (typeof length !== "number") return undefined;
    const positions = Array.from({ length }, (_, i) => start + i);
    start += length;
    return take(from, at, positions);
  });
};

const slice: GraphRow = (node, trace) => {
  const from = either(node.inputs[0], trace);
  const taken = slicedPositions(node, trace);
  const shape = trace.shape(node.outputs[0]);
  let result: AxisLayout | WeightView | undefined = taken && from;
  for (const { axis, positions } of taken ?? []) {
    const known = positions ?? (holdsChannels(result, axis) ? undefined : []);
    result = result && known && take(result, axis, known);
  }
  if (from && "tensor" in from && !result) {
    trace.draft.pass(from.tensor, `${describe(node)} cuts it at unknown places`);
  }
  return [result && !("tensor" in result) && shape ? withShape(result, shape) : result];
};

/** Whether positions along an axis must be known to tell what is left. */
function holdsChannels(from: AxisLayout | WeightView | undefined, axis: number): boolean {
  return from === undefined || "tensor" in from || from.axes[axis]!.some(({ channel }) => channel);
}

/** Looks rows up in a table, or picks channels by constant indices. */
const gather: GraphRow = (node, trace) => {
  const [x, indices] = node.inputs;
  const from = either(x, trace);
  const rank = trace.shape(indices)?.length;
  if (!from || rank === undefined) {
    trace.pass(x, `${describe(node)} looks it up by indices of unknown rank`);
    return [];
  }
  const axis = intAttribute(node, "axis", 0);
  const at = normalAxis(axis, from.axes.length);
  const positions = gatheredPositions(node, trace);
  if (positions) {
    const picked = take(from, at, positions);
    if (rank > 0 || !picked) return [picked];
    if ("tensor" in picked) {
      // What the index adds to every place goes to the next axis.
      const [[shift], rest] = [picked.axes[at]!, picked.axes.toSpliced(at, 1)];
      return [{
        ...picked,
        axes: rest.map((offsets, i) => i === 0 ? offsets.map((o) => o + shift!) : offsets),
      }];
    }
    return [withoutAxis(picked, at)];
  }
  if ("tensor" in from) return [lookedUp(from, at, node, trace)];
  if (holdsChannels(from, at)) return [];
  const sizes: readonly Dim[] = trace.shape(indices)!;
  const axes = from.axes.toSpliced(at, 1, ...sizes.map((size) => [{ size, channel: false }]));
  return [{ ...from, axes }];
};

/** Rows of a table by computed indices: edges from a node per row. */
function lookedUp(table: WeightView, at: number, node: Node, trace: Trace): AxisLayout | undefined {
  const shape = trace.shape(node.outputs[0]);
  if (at !== 0 || table.axes.length !== 2 || !shape) {
    trace.draft.pass(table.tensor, `${describe(node)} looks it up along axis ${at} of ${table.axes.length}`);
    return undefined;
  }
  const [rows, features] = table.axes as [Int32Array, Int32Array];
  const words = trace.draft.open(rows.length, { name: `${table.tensor} rows`, kind: "input", op: "Gather" });
  const to = trace.draft.open(features.length, { name: table.tensor, kind: "weighted", op: "Gather" });
  const from = { labels: words, positions: words.map((_, i) => i), taps: Int32Array.of(0), places: [[0, 0]] };
  const kernel = {
    tensor: table.tensor,
    rows: features,
    columns: rows,
    taps: Int32Array.of(0),
    places: [[0, 0]],
  };
  denseEdges(from, to, kernel, { node, trace });
  return onAxis(withoutChannels(shape), shape.length - 1, to, { fresh: true });
}

/** Places that Pad adds along channels have no node. */
const pad: GraphRow = (node, trace) => {
  const from = trace.layout(node.inputs[0]);
  const shape = trace.shape(node.outputs[0]);
  if (!from || !shape) return [];
  const pads = node.inputs[1]
    ? trace.contents(node.inputs[1])
    : intsAttribute(node, "pads", intsAttribute(node, "paddings", undefined));
  const named = node.inputs[3] ? trace.contents(node.inputs[3])?.map(Number) : undefined;
  const list = named?.map((axis) => normalAxis(axis, shape.length)) ?? shape.map((_, i) => i);
  let result: AxisLayout | undefined = from;
  shape.forEach((_, axis) => {
    if (!result || !holdsChannels(result, axis)) return;
    const k = list.indexOf(axis);
    const [before, after] = k < 0 ? [0, 0] : [pads?.[k], pads?.[k + list.length]];
    const length = result.axes[axis]!.length === 1 ? result.axes[axis]![0]!.size : undefined;
    if (before === 0 && after === 0) return;
    if (typeof before !== "number" || typeof after !== "number" || typeof length !== "number") {
      result = undefined;
    } else {
      const places = Array.from({ length: before + length + after }, (_, i) => i - before);
      result = selected(result, axis, places.map((i) => i >= 0 && i < length ? i : BLANK));
    }
  });
  return [result && withShape(result, shape)];
};

/** Repeats what has length 1; everything else passes. */
const expand: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  const [from, stored, shape] = [trace.layout(x), trace.stored(x), trace.shape(node.outputs[0])];
  if (!shape) return [];
  if (stored) {
    const before = trace.shape(x)!;
    const shift = shape.length - before.length;
    const repeats = shift < 0 ||
      stored.axes.some(({ length }, i) => length > 1 && length !== shape[i + shift]);
    if (repeats) return [];
    return [{ ...stored, axes: shape.map((_, i) => stored.axes[i - shift] ?? Int32Array.of(0)) }];
  }
  return [from && withShape(from, shape)];
};

/** Operators that take, repeat or add positions. */
export const indexings: OperatorTable<GraphRow> = {
  Split: split,
  Slice: slice,
  Gather: gather,
  Pad: pad,
  Expand: expand,
  Tile: expand,
};
