import { operatorOf, type OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute, stringAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { type Axis, closed, isGate, isOpen, pick, stop } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow } from "./row.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** Takes consecutive runs of channels; the lengths are those of the outputs. */
const split: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const axis = intAttribute(node, "axis", 0);
  const at = normalAxis(axis, axes.length);
  const whole = axes[at];
  let start = 0;
  return {
    outputs: node.outputs.map((name) => {
      const length = call.shape(name)?.[at];
      return axes.map((axis, i): Axis => {
        if (i !== at || !isOpen(whole)) return axis;
        if (typeof length !== "number") return stop(axis, `${describe(node)} cuts it at unknown places`);
        return { ...whole, labels: whole.labels.slice(start, start += length) };
      });
    }),
  };
};

/** The positions that a Slice takes along each of its axes; `undefined` where they are not known. */
export function slicedPositions(
  node: Node,
  { shape, contents }: Pick<ChannelCall, "shape" | "contents">,
): { axis: number; positions: number[] | undefined }[] | undefined {
  const dims = shape(node.inputs[0]) ?? [];
  const list = (name: string, i: number) =>
    node.inputs[i] ? contents(node.inputs[i]) : intsAttribute(node, name, undefined);
  const [starts, ends] = [list("starts", 1), list("ends", 2)];
  const axes = list("axes", 3) ?? (node.inputs[3] ? undefined : starts?.map((_, i) => i));
  const steps = node.inputs[4] ? contents(node.inputs[4]) : axes?.map(() => 1);
  if (!axes?.every((axis) => typeof axis === "number")) return undefined;
  return axes.map((given, i) => {
    const axis = normalAxis(Number(given), dims.length);
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

const slice: ChannelRow = (call) => {
  const axes = call.axes(0);
  const taken = slicedPositions(call.node, call);
  if (!taken) {
    const why = `${describe(call.node)} cuts axes that are not known`;
    return { outputs: [axes.map((axis) => stop(axis, why))] };
  }
  for (const { axis, positions } of taken) {
    const x = axes[axis];
    if (isOpen(x)) {
      axes[axis] = positions
        ? pick(x, positions)
        : stop(x, `${describe(call.node)} cuts it at unknown places`);
    }
  }
  return { outputs: [axes] };
};

/** Looks rows up in a table, or picks channels by constant indices. */
const gather: ChannelRow = (call) => {
  const { node } = call;
  const stored = call.stored(0);
  const axes = call.axes(0, stored ? "out" : "other");
  const axis = intAttribute(node, "axis", 0);
  const at = normalAxis(axis, axes.length);
  const rank = call.shape(node.inputs[1])?.length;
  if (rank === undefined) {
    const why = `${describe(node)} has indices of unknown rank`;
    return { outputs: [], consumed: axes.map((axis) => stop(axis, why)) };
  }
  const channels = axes[at];
  const positions = stored ? undefined : gatheredPositions(node, call);
  const around = (...picked: Axis[]) => [[...axes.slice(0, at), ...picked, ...axes.slice(at + 1)]];
  if (isOpen(channels) && call.ids !== undefined) {
    const why = `${describe(node)} looks it up by ids`;
    const places = Array.from({ length: rank }, () => closed(why));
    return { outputs: around(...places), consumed: [channels], vocabulary: channels };
  }
  const experts = call.places(1);
  if (experts && channels) {
    const why = `${describe(node)} looks it up by the number of an expert`;
    const places = Array.from({ length: rank }, () => closed(why));
    const numbered = { labels: experts, zero: false };
    return { outputs: around(...places), joins: [[channels, numbered]], consumed: [channels] };
  }
  if (!isOpen(channels) || !positions) {
    const why = `${describe(node)} looks it up by index`;
    const end = channels === undefined ? closed(why) : stop(channels, why);
    return { outputs: around(...Array.from({ length: rank }, () => end)), consumed: [end] };
  }
  const picked = pick(channels, positions);
  if (rank === 0 && isGate(channels)) {
    return { outputs: around(), consumed: [channels], gate: picked.labels[0]! };
  }
  if (rank > 0) return { outputs: around(picked) };
  return {
    outputs: around(),
    joins: [[picked, closed(`${describe(node)} takes this one out`)]],
    consumed: [channels],
  };
};

/** Whole slices by their places along the first axes: what lies along the others goes on. */
const gatherND: ChannelRow = (call) => {
  const { node } = call;
  const depth = call.shape(node.inputs[1])?.at(-1);
  const rank = call.shape(node.outputs[0])?.length;
  if (typeof depth !== "number" || rank === undefined) return { outputs: [] };
  const why = `${describe(node)} looks it up by index`;
  const axes = call.axes(0);
  const slices = axes.slice(depth + intAttribute(node, "batch_dims", 0));
  const places = Array.from({ length: rank - slices.length }, () => closed(why));
  const consumed = axes.slice(0, axes.length - slices.length).map((axis) => stop(axis, why));
  return { outputs: [[...places, ...slices]], consumed };
};

/** The positions that a Gather takes in a row or alone; `undefined` where they are not known beforehand. */
export function gatheredPositions(
  node: Node,
  { shape, contents }: Pick<ChannelCall, "shape" | "contents">,
): number[] | undefined {
  const [x, indices] = node.inputs;
  const dims = shape(x) ?? [];
  const axis = intAttribute(node, "axis", 0);
  const length = dims[normalAxis(axis, dims.length)];
  const given = contents(indices);
  if ((shape(indices)?.length ?? 2) > 1 || typeof length !== "number" || !given) return undefined;
  const positions = given.map((i) => typeof i === "number" && i < 0 ? i + length : i);
  return positions.every((i) => typeof i === "number" && i >= 0 && i < length)
    ? positions as number[]
    : undefined;
}

/** Padded places are channels without weights: they may leave on their own, and the padding shrinks. */
const pad: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const pads = node.inputs[1]
    ? call.contents(node.inputs[1])
    : intsAttribute(node, "pads", intsAttribute(node, "paddings", undefined));
  const named = node.inputs[3] ? call.contents(node.inputs[3])?.map(Number) : undefined;
  const list = named?.map((axis) => normalAxis(axis, axes.length)) ?? axes.map((_, i) => i);
  const constant = stringAttribute(node, "mode", "constant") === "constant";
  const fill = node.inputs[2] ? call.contents(node.inputs[2])?.[0] : 0;
  const blank = constant && fill === 0 &&
    !("value" in node.attributes && node.attributes["value"]!.value !== 0);
  return {
    outputs: [axes.map((x, axis): Axis => {
      if (!isOpen(x)) return x;
      const k = list.indexOf(axis);
      const known = !pads || (node.inputs[3] && !named)
        ? undefined
        : k < 0
        ? [0, 0]
        : [pads[k], pads[k + list.length]];
      const [begin, end] = known ?? [];
      const zero = x.zero && blank;
      if (begin === 0 && end === 0) return { ...x, zero };
      if (typeof begin !== "number" || typeof end !== "number" || begin < 0 || end < 0 || !constant) {
        return stop(x, `${describe(node)} pads it in a way that cannot shrink`);
      }
      const labels = Int32Array.from([...call.fresh(begin), ...x.labels, ...call.fresh(end)]);
      return { ...x, labels, zero };
    })],
  };
};

/** Repeats what has length 1; everything else passes. */
const expand: ChannelRow = (call) => {
  const { node } = call;
  const axes = call.axes(0);
  const [before, after] = [call.shape(node.inputs[0]), call.shape(node.outputs[0])];
  const why = `${describe(node)} repeats it`;
  if (!before || !after) return { outputs: [], consumed: axes.map((axis) => stop(axis, why)) };
  const shift = after.length - before.length;
  return {
    outputs: [after.map((dim, i): Axis => {
      const at = i - shift;
      if (at >= 0 && before[at] === dim) return axes[at]!;
      if (operatorOf(node) !== "Expand" || typeof dim !== "number") return closed(why);
      return { labels: call.fresh(dim), zero: false };
    })],
    consumed: axes.filter((_, at) => before[at] !== after[at + shift] && !call.stored(0)).map((axis) =>
      stop(axis, why)
    ),
  };
};

/** Operators that take, repeat or add positions. */
export const indexings: OperatorTable<ChannelRow> = {
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherND: gatherND,
  Pad: pad,
  Expand: expand,
  Tile: expand,
};
