import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import { type Dim, multiplyDims, type Shape } from "../../onnx/dim.ts";
import {
  type Axis,
  type Channels,
  closed,
  firstClosed,
  inputAxesOf,
  isOpen,
  stop,
} from "../channels/axis.ts";
import { requireFollowable } from "../channels/channel_union_find.ts";
import { channelAxisAfterReshape } from "./channel_axis_after_reshape.ts";
import { type Segment, segmentsOf } from "./reshape_segments.ts";
import type { ChannelCall, ChannelRow } from "./row.ts";
import { normalAxis, sizeOf } from "../../tensor/tensor.ts";

/** Any operator that keeps the elements in order and changes the shape around them. */
const reshape: ChannelRow = (call) => {
  const { node } = call;
  const [before, after] = [call.shape(node.inputs[0]), call.shape(node.outputs[0])];
  if (!before || !after) {
    const why = `${describe(node)} gives it a shape of unknown rank`;
    return { outputs: [], consumed: call.axes(0).map((axis) => stop(axis, why)) };
  }
  const axes = call.axes(0);
  const output: Axis[] = after.map(() => closed(`${describe(node)} puts an axis of one there`));
  const joins: [Axis, Axis][] = [];
  const consumed: Axis[] = [];
  for (const segment of segmentsOf(before, after)) {
    const from = segment.from.filter((axis) => before[axis] !== 1);
    const to = segment.to.filter((axis) => after[axis] !== 1);
    const mapped = mapSegment(call, axes, { from, to }, [before, after]);
    to.forEach((axis, i) => output[axis] = mapped.axes[i]!);
    joins.push(...mapped.joins ?? []);
    consumed.push(...mapped.consumed ?? []);
  }
  axes.forEach((axis, i) => {
    if (before[i] === 1) consumed.push(stop(axis, `${describe(node)} needs its only position`));
  });
  return { outputs: [output], joins, consumed };
};

/** Channels along the axes that a run of axes becomes; axes of length 1 are left out. */
function mapSegment(
  call: ChannelCall,
  axes: readonly Axis[],
  { from, to }: Segment,
  [before, after]: [Shape, Shape],
): { axes: Axis[]; joins?: [Axis, Axis][]; consumed?: Axis[] } {
  const { node } = call;
  const open = from.filter((axis) => isOpen(axes[axis]));
  const [only] = open;
  if (from.length === 1 && to.length === 1) return { axes: [axes[from[0]!]!] };
  if (only === undefined) {
    return { axes: to.map(() => axes[from[0] ?? 0] ?? closed(`${describe(node)} makes it`)) };
  }
  const x = axes[only] as Channels;
  const keep = (why: string) => {
    const consumed = open.map((axis) => stop(axes[axis]!, why));
    return { axes: to.map(() => consumed[0]!), consumed };
  };
  const { sizes, outSizes, repeats } = withoutRepeats(
    from.map((axis) => before[axis]!),
    to.map((axis) => after[axis]!),
    from.map((axis) => axes[axis]!),
  );
  if (![...sizes, ...outSizes].every((size) => typeof size === "number")) {
    return keep(`${describe(node)} merges it with an axis of unknown length`);
  }
  // A dense tensor loses slices along one axis of a merged run: the outermost, as in a flattened kernel.
  const consumed: Axis[] = open.slice(1).map((axis) =>
    stop(axes[axis]!, `${describe(node)} merges it into an axis of other channels`)
  );
  const flat = repeat(x.labels, from.indexOf(only), sizes as number[]);
  if (to.length === 1) return { axes: [{ ...x, labels: flat, repeats }], consumed };
  const candidates = to.filter((_, k) => outSizes[k] !== 1);
  // An axis along which the channels of this run already lie, as heads do where [N, heads] was merged before.
  const clean = candidates.filter((axis) => isClean(flat, to.indexOf(axis), outSizes as number[], call));
  const carrier = channelAxisAfterReshape(node.outputs[0]!, clean.length > 0 ? clean : candidates, call);
  if (carrier === undefined) return keep(`${describe(node)} splits it into axes that are used one by one`);
  const k = to.indexOf(carrier);
  const length = outSizes[k] as number;
  const inner = sizeOf(outSizes.slice(k + 1) as number[]);
  const firsts = new Int32Array(length);
  const joined = flat.map((label, i) => firsts[Math.floor(i / inner) % length] ||= label);
  // Where the unknown length stays an axis of its own, what follows it has none.
  const carried = { ...x, labels: firsts, repeats: k === 0 ? repeats : undefined };
  const why = `${describe(node)} lays the channels along another axis`;
  return {
    axes: to.map((axis) => axis === carrier ? carried : closed(why)),
    joins: [[{ ...x, labels: joined }, { ...x, labels: flat }]],
    consumed,
  };
}

/** Whether all that lies behind each position of an axis is one channel already. */
function isClean(flat: Int32Array, k: number, sizes: readonly number[], { find }: ChannelCall): boolean {
  const inner = sizeOf(sizes.slice(k + 1));
  const found = new Int32Array(sizes[k]!);
  return flat.every((label, i) => {
    const at = Math.floor(i / inner) % sizes[k]!;
    const atom = find(label);
    if (found[at] === 0) found[at] = atom;
    return found[at] === atom;
  });
}

/**
 * Sets aside a leading length that is not known and stays outermost, so that the rest can be looked at alone:
 * [N, heads·size] → [N·heads, size] is [heads·size] → [heads, size], and the same backwards.
 */
function withoutRepeats(
  sizes: Shape,
  outSizes: Shape,
  axes: readonly Axis[],
): { sizes: Shape; outSizes: Shape; repeats?: Dim | undefined } {
  const same = { sizes, outSizes };
  const [first, ...rest] = sizes;
  const [outFirst, ...outRest] = outSizes;
  const numeric = (shape: Shape): shape is number[] => shape.every((dim) => typeof dim === "number");
  if (typeof first === "number" || typeof outFirst === "number" || !numeric(rest) || !numeric(outRest)) {
    return same;
  }
  const product = sizeOf;
  const repeats = isOpen(axes[0]) ? axes[0].repeats : first;
  if (first === undefined || outFirst === undefined || repeats === undefined) return same;
  const inside = isOpen(axes[0]) ? axes[0].labels.length : 1;
  const outInside = inside * product(rest) / product(outRest);
  if (multiplyDims(repeats, inside) !== first || multiplyDims(repeats, outInside) !== outFirst) return same;
  return { sizes: [inside, ...rest], outSizes: [outInside, ...outRest], repeats };
}

/** Labels along one of several axes, as labels along all of them laid out in a row. */
function repeat(labels: Int32Array, position: number, sizes: readonly number[]): Int32Array {
  const inner = sizeOf(sizes.slice(position + 1));
  const length = sizeOf(sizes);
  requireFollowable(length, () => `axes of [${sizes}] merged into one`);
  const flat = new Int32Array(length);
  const span = labels.length * inner;
  for (let start = 0; start < flat.length; start += span) {
    for (let i = 0; i < labels.length; i++) flat.fill(labels[i]!, start + i * inner, start + (i + 1) * inner);
  }
  return flat;
}

const transpose: ChannelRow = (call) => {
  const axes = call.axes(0);
  const perm = intsAttribute(call.node, "perm", axes.map((_, i) => axes.length - 1 - i));
  return { outputs: [perm.map((axis) => axes[axis]!)] };
};

const concat: ChannelRow = (call) => {
  const { node } = call;
  const shapes = node.inputs.map((name) => call.shape(name));
  const rank = shapes[0]?.length;
  if (rank === undefined || shapes.some((shape) => shape?.length !== rank)) return { outputs: [] };
  const axis = intAttribute(node, "axis", 1);
  const at = normalAxis(axis, rank);
  const inputs = node.inputs.map((_, input) => call.axes(input));
  const joins: [Axis, Axis][] = [];
  const consumed: Axis[] = [];
  const output = Array.from({ length: rank }, (_, i): Axis => {
    const parts = inputs.map((axes) => axes[i]!);
    const first = parts.find(isOpen);
    if (first === undefined) return parts[0]!;
    const zero = parts.every((part) => !isOpen(part) || part.zero);
    if (i !== at) {
      joins.push(...parts.map((part): [Axis, Axis] => [first, part]));
      const shut = firstClosed(parts)!;
      return isOpen(shut) ? { ...first, zero, of: inputAxesOf(parts) } : shut;
    }
    const lengths = shapes.map((shape) => shape![i]!);
    if (!lengths.every((length) => typeof length === "number")) {
      const why = `${describe(node)} joins it to unknown lengths`;
      consumed.push(...parts.map((part) => stop(part, why)));
      return stop(first, why);
    }
    const labels = new Int32Array(lengths.reduce((a, b) => a + b, 0));
    let start = 0;
    parts.forEach((part, k) => {
      if (isOpen(part)) labels.set(part.labels, start);
      else labels.fill(call.stay(part.why), start, start + lengths[k]!);
      start += lengths[k]!;
    });
    return { labels, zero, of: inputAxesOf(parts) };
  });
  return { outputs: [output], joins, consumed };
};

/** Operators that keep the elements and move them. */
export const layouts: OperatorTable<ChannelRow> = {
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Concat: concat,
};
