import { describe, intAttribute, intsAttribute, stringAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import type { Axis, ChannelRow, Trace } from "../trace.ts";
import { axesOf } from "./elementwise.ts";

/** Takes consecutive runs of channels; the lengths are those of the outputs. */
const split: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const axis = intAttribute(node, "axis", 0);
  const at = axis < 0 ? axis + axes.length : axis;
  let start = 0;
  return node.outputs.map((name) => {
    const length = trace.shape(name)?.[at];
    const part = axes.slice();
    const split = axes[at];
    if (split && typeof length !== "number") {
      trace.atoms.keep(split.labels, `${describe(node)} cuts it at unknown places`);
      part[at] = undefined;
    } else if (split) {
      part[at] = { ...split, labels: split.labels.slice(start, start += length as number) };
    }
    return part;
  });
};

/** The positions that a Slice takes along each of its axes; `undefined` where they are not known. */
export function slicedPositions(
  node: Node,
  { shape, contents }: Pick<Trace, "shape" | "contents">,
): { axis: number; positions: number[] | undefined }[] | undefined {
  const dims = shape(node.inputs[0]) ?? [];
  const list = (name: string, i: number) =>
    node.inputs[i] ? contents(node.inputs[i]) : intsAttribute(node, name, undefined);
  const [starts, ends] = [list("starts", 1), list("ends", 2)];
  const axes = list("axes", 3) ?? (node.inputs[3] ? undefined : starts?.map((_, i) => i));
  const steps = node.inputs[4] ? contents(node.inputs[4]) : axes?.map(() => 1);
  if (!axes) return undefined;
  return axes.map((given, i) => {
    const axis = Number(given) < 0 ? Number(given) + dims.length : Number(given);
    return { axis, positions: take(dims[axis], starts?.[i], ends?.[i], steps?.[i]) };
  });
}

function take(length: unknown, start: unknown, end: unknown, step: unknown): number[] | undefined {
  if ([length, start, end, step].some((value) => typeof value !== "number") || step === 0) return undefined;
  const [n, s] = [length as number, step as number];
  const clamp = (bound: number, low: number, high: number) =>
    Math.max(low, Math.min(high, bound < 0 ? bound + n : bound));
  const from = clamp(start as number, 0, s > 0 ? n : n - 1);
  const to = s > 0 ? clamp(end as number, 0, n) : clamp(end as number, -1, n - 1);
  const positions: number[] = [];
  for (let i = from; s > 0 ? i < to : i > to; i += s) positions.push(i);
  return positions;
}

const slice: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const taken = slicedPositions(node, trace);
  if (!taken) {
    trace.protect(node.inputs[0], `${describe(node)} cuts axes that are not known`);
    return [];
  }
  for (const { axis, positions } of taken) {
    const x = axes[axis];
    if (!x) continue;
    if (positions) axes[axis] = { ...x, labels: Int32Array.from(positions, (i) => x.labels[i]!) };
    else {
      trace.atoms.keep(x.labels, `${describe(node)} cuts it at unknown places`);
      axes[axis] = undefined;
    }
  }
  return [axes];
};

/** Looks rows up in a table, or picks channels by constant indices. */
const gather: ChannelRow = (node, trace) => {
  const [x, indices] = node.inputs;
  const stored = trace.graph.initializers.has(x ?? "");
  const axes = (trace.shape(x) ?? []).map((_, axis) => trace.axis(x, axis, stored ? "out" : "other"));
  const axis = intAttribute(node, "axis", 0);
  const at = axis < 0 ? axis + axes.length : axis;
  const rank = trace.shape(indices)?.length;
  if (rank === undefined) {
    trace.protect(x, `${describe(node)} has indices of unknown rank`);
    return [];
  }
  const picked: (Axis | undefined)[] = Array.from({ length: rank }, () => undefined);
  const [channels, positions] = [axes[at], gatheredPositions(node, trace)];
  if (stored || !positions) trace.protect(x, `${describe(node)} looks it up by index`, at);
  else if (channels) {
    const labels = Int32Array.from(positions, (i) => channels.labels[i]!);
    if (rank === 0) trace.atoms.keep(labels, `${describe(node)} takes this one out`);
    else picked[0] = { ...channels, labels };
  }
  return [[...axes.slice(0, at), ...picked, ...axes.slice(at + 1)]];
};

/** The positions that a Gather takes in a row or alone; `undefined` where they are not known beforehand. */
export function gatheredPositions(
  node: Node,
  { shape, contents }: Pick<Trace, "shape" | "contents">,
): number[] | undefined {
  const [x, indices] = node.inputs;
  const dims = shape(x) ?? [];
  const axis = intAttribute(node, "axis", 0);
  const length = dims[axis < 0 ? axis + dims.length : axis];
  const given = contents(indices);
  if ((shape(indices)?.length ?? 2) > 1 || typeof length !== "number" || !given) return undefined;
  const positions = given.map((i) => typeof i === "number" && i < 0 ? i + length : i);
  return positions.every((i) => typeof i === "number" && i >= 0 && i < length)
    ? positions as number[]
    : undefined;
}

/** Padded places are channels without weights: they may leave on their own, and the padding shrinks. */
const pad: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const pads = node.inputs[1]
    ? trace.contents(node.inputs[1])
    : intsAttribute(node, "pads", intsAttribute(node, "paddings", undefined));
  const named = node.inputs[3] ? trace.contents(node.inputs[3])?.map(Number) : undefined;
  const list = named?.map((axis) => axis < 0 ? axis + axes.length : axis) ?? axes.map((_, i) => i);
  const constant = stringAttribute(node, "mode", "constant") === "constant";
  const fill = node.inputs[2] ? trace.contents(node.inputs[2])?.[0] : 0;
  const blank = constant && fill === 0 &&
    !("value" in node.attributes && node.attributes["value"]!.value !== 0);
  return [axes.map((x, axis): Axis | undefined => {
    if (!x) return undefined;
    const k = list.indexOf(axis);
    const known = !pads || (node.inputs[3] && !named)
      ? undefined
      : k < 0
      ? [0, 0]
      : [pads[k], pads[k + list.length]];
    const [begin, end] = known ?? [];
    if (begin === 0 && end === 0) return { ...x, zero: x.zero && blank };
    if (typeof begin !== "number" || typeof end !== "number" || begin < 0 || end < 0 || !constant) {
      trace.atoms.keep(x.labels, `${describe(node)} pads it in a way that cannot shrink`);
      return undefined;
    }
    const [before, after] = [trace.atoms.fresh(begin), trace.atoms.fresh(end)];
    return { labels: Int32Array.from([...before, ...x.labels, ...after]), zero: x.zero && blank };
  })];
};

/** Repeats what has length 1; everything else passes. */
const expand: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const [before, after] = [trace.shape(node.inputs[0]), trace.shape(node.outputs[0])];
  if (!before || !after) {
    trace.protect(node.inputs[0], `${describe(node)} gives it an unknown shape`);
    return [];
  }
  return [after.map((dim, i): Axis | undefined => {
    const at = i - (after.length - before.length);
    if (at >= 0 && before[at] === dim) return axes[at];
    if (at >= 0 && before[at] !== 1) trace.protect(node.inputs[0], `${describe(node)} repeats it`, at);
    if (node.op !== "Expand" || typeof dim !== "number") return undefined;
    return { labels: trace.atoms.fresh(dim), zero: false };
  })];
};

/** Operators that take, repeat or add positions. */
export const indexings: Readonly<Record<string, ChannelRow>> = {
  Split: split,
  Slice: slice,
  Gather: gather,
  Pad: pad,
  Expand: expand,
  Tile: expand,
};
