import { describe, intAttribute, intsAttribute, stringAttribute } from "../../onnx/attribute.ts";
import { type Dim, multiplyDims, type Shape } from "../../onnx/dim.ts";
import type { Node } from "../../onnx/model.ts";
import { FIXED, requireFollowable } from "../atoms.ts";
import type { Axis, ChannelRow, Trace } from "../trace.ts";
import { axesOf } from "./elementwise.ts";
import { carrierOf } from "./carrier.ts";

/** Axes of the input and axes of the output that hold the same elements in the same order. */
export interface Segment {
  /** Consecutive axes of the input. */
  from: number[];
  /** Consecutive axes of the output. */
  to: number[];
}

/** Cuts two shapes of the same elements into the shortest runs of axes with equal products. */
export function segmentsOf(before: Shape, after: Shape): Segment[] {
  const [p, q] = [prefixProducts(before), prefixProducts(after)];
  const segments: Segment[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    let next: [number, number] = [before.length, after.length];
    search: for (let a = i + 1; a <= before.length; a++) {
      for (let b = j + 1; b <= after.length; b++) {
        if (p[a] === q[b]) {
          next = [a, b];
          break search;
        }
      }
    }
    const range = (start: number, end: number) => Array.from({ length: end - start }, (_, k) => start + k);
    segments.push({ from: range(i, next[0]), to: range(j, next[1]) });
    [i, j] = next;
  }
  return segments;
}

function prefixProducts(shape: Shape) {
  const products: Shape[number][] = [1];
  for (const dim of shape) products.push(multiplyDims(products.at(-1)!, dim));
  return products;
}

/** Any operator that keeps the elements in order and changes the shape around them. */
const reshape: ChannelRow = (node, trace) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  const [before, after] = [trace.shape(x), trace.shape(y)];
  if (!before || !after) {
    trace.protect(x, `${describe(node)} gives it a shape of unknown rank`);
    return [];
  }
  const axes = axesOf(trace, x);
  const result: (Axis | undefined)[] = after.map(() => undefined);
  for (const segment of segmentsOf(before, after)) {
    mapSegment(node, trace, axes, segment, [before, after], result);
  }
  return [result];
};

function mapSegment(
  node: Node,
  trace: Trace,
  axes: readonly (Axis | undefined)[],
  segment: Segment,
  [before, after]: [Shape, Shape],
  result: (Axis | undefined)[],
) {
  const from = segment.from.filter((axis) => before[axis] !== 1);
  const to = segment.to.filter((axis) => after[axis] !== 1);
  const tracked = from.filter((axis) => axes[axis] !== undefined);
  if (tracked.length === 0) return;
  const [only] = tracked;
  if (from.length === 1 && to.length === 1) {
    result[to[0]!] = axes[only!];
    return;
  }
  const keep = (reason: string) => tracked.forEach((axis) => trace.atoms.keep(axes[axis]!.labels, reason));
  const { sizes, outSizes, outer } = withoutOuter(
    from.map((axis) => before[axis]!),
    to.map((axis) => after[axis]!),
    from.map((axis) => axes[axis]),
  );
  // A dense tensor loses slices along one axis of a merged run: the outermost, as in a flattened kernel.
  for (const axis of tracked.slice(1)) {
    trace.atoms.keep(axes[axis]!.labels, `${describe(node)} merges it into an axis of other channels`);
  }
  if (![...sizes, ...outSizes].every((size) => typeof size === "number")) {
    return keep(`${describe(node)} merges it with an axis of unknown length`);
  }
  const { labels, zero } = axes[only!]!;
  const flat = repeat(labels, from.indexOf(only!), sizes as number[]);
  if (to.length === 1) {
    result[to[0]!] = { labels: flat, zero, ...outer !== undefined && { outer } };
    return;
  }
  const candidates = to.filter((_, k) => outSizes[k] !== 1);
  // An axis along which the channels of this run already lie, as heads do where [N, heads] was merged before.
  const clean = candidates.filter((axis) => isClean(flat, to.indexOf(axis), outSizes as number[], trace));
  const carrier = carrierOf(node.outputs[0]!, clean.length > 0 ? clean : candidates, trace);
  if (carrier === undefined) return keep(`${describe(node)} splits it into axes that are used one by one`);
  const k = to.indexOf(carrier);
  const length = outSizes[k] as number;
  const inner = (outSizes.slice(k + 1) as number[]).reduce((a, b) => a * b, 1);
  const joined = new Int32Array(length).fill(-1);
  const reason = `${describe(node)} couples it with channels that must stay`;
  for (let i = 0; i < flat.length; i++) {
    const at = Math.floor(i / inner) % length;
    if (joined[at] === -1) joined[at] = flat[i]!;
    else if (joined[at] !== flat[i]) trace.atoms.join(joined[at]!, flat[i]!, reason);
  }
  // Where the unknown length stays an axis of its own, what follows it has none.
  const repeats = outer !== undefined && k === 0;
  result[carrier] = { labels: joined, zero, ...repeats && { outer } };
}

/** Whether all that lies behind each position of an axis is one channel already. */
function isClean(flat: Int32Array, k: number, sizes: readonly number[], { atoms }: Trace): boolean {
  const inner = sizes.slice(k + 1).reduce((a, b) => a * b, 1);
  const found = new Int32Array(sizes[k]!).fill(-1);
  return flat.every((label, i) => {
    const at = Math.floor(i / inner) % sizes[k]!;
    const atom = label === FIXED ? FIXED : atoms.find(label);
    if (found[at] === -1) found[at] = atom;
    return found[at] === atom;
  });
}

/**
 * Sets aside a leading length that is not known and stays outermost, so that the rest can be looked at alone:
 * [N, heads·size] → [N·heads, size] is [heads·size] → [heads, size], and the same backwards.
 */
function withoutOuter(
  sizes: Shape,
  outSizes: Shape,
  axes: readonly (Axis | undefined)[],
): { sizes: Shape; outSizes: Shape; outer?: Dim } {
  const same = { sizes, outSizes };
  const [first, ...rest] = sizes;
  const [outFirst, ...outRest] = outSizes;
  const numeric = (shape: Shape): shape is number[] => shape.every((dim) => typeof dim === "number");
  if (typeof first === "number" || typeof outFirst === "number" || !numeric(rest) || !numeric(outRest)) {
    return same;
  }
  const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
  const outer = axes[0] ? axes[0].outer : first;
  if (first === undefined || outFirst === undefined || outer === undefined) return same;
  const inside = axes[0] ? axes[0].labels.length : 1;
  const outInside = inside * product(rest) / product(outRest);
  if (multiplyDims(outer, inside) !== first || multiplyDims(outer, outInside) !== outFirst) return same;
  return { sizes: [inside, ...rest], outSizes: [outInside, ...outRest], outer };
}

/** Labels along one of several axes, as labels along all of them laid out in a row. */
function repeat(labels: Int32Array, position: number, sizes: readonly number[]): Int32Array {
  const inner = sizes.slice(position + 1).reduce((a, b) => a * b, 1);
  const length = sizes.reduce((a, b) => a * b, 1);
  requireFollowable(length, () => `axes of [${sizes}] merged into one`);
  const flat = new Int32Array(length);
  const span = labels.length * inner;
  for (let start = 0; start < flat.length; start += span) {
    for (let i = 0; i < labels.length; i++) flat.fill(labels[i]!, start + i * inner, start + (i + 1) * inner);
  }
  return flat;
}

const transpose: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const perm = intsAttribute(node, "perm", axes.map((_, i) => axes.length - 1 - i));
  return [perm.map((axis) => axes[axis])];
};

const concat: ChannelRow = (node, trace) => {
  const shapes = node.inputs.map((name) => trace.shape(name));
  const rank = shapes[0]?.length;
  if (rank === undefined || shapes.some((shape) => shape?.length !== rank)) {
    for (const name of node.inputs) trace.protect(name, `${describe(node)} has inputs of unknown rank`);
    return [];
  }
  const axis = intAttribute(node, "axis", 1);
  const at = axis < 0 ? axis + rank : axis;
  const inputs = node.inputs.map((name) => axesOf(trace, name));
  return [Array.from({ length: rank }, (_, i) => {
    const parts = inputs.map((axes) => axes[i]);
    if (!parts.some((part) => part !== undefined)) return undefined;
    const zero = parts.every((part) => part?.zero ?? true);
    if (i !== at) {
      for (const part of parts) trace.join(parts[0], part, `${describe(node)} puts it beside what must stay`);
      return parts.every((part) => part !== undefined) ? { ...parts[0]!, zero } : undefined;
    }
    const lengths = shapes.map((shape) => shape![i]!);
    if (!lengths.every((length) => typeof length === "number")) {
      for (const part of parts) {
        if (part) trace.atoms.keep(part.labels, `${describe(node)} joins it to unknown lengths`);
      }
      return undefined;
    }
    const labels = new Int32Array(lengths.reduce((a, b) => a + b, 0)).fill(FIXED);
    let start = 0;
    parts.forEach((part, k) => {
      if (part) labels.set(part.labels, start);
      start += lengths[k]!;
    });
    return { labels, zero };
  })];
};

/** r² channels become one of r² times the pixels: they leave together. */
const depthToSpace: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const area = intAttribute(node, "blocksize", 1) ** 2;
  const x = axes[1];
  if (!x) return [[axes[0], undefined, undefined, undefined]];
  const channels = x.labels.length / area;
  const crd = stringAttribute(node, "mode", "DCR") === "CRD";
  const labels = Int32Array.from({ length: channels }, (_, c) => x.labels[crd ? c * area : c]!);
  const reason = `${describe(node)} couples it with channels that must stay`;
  x.labels.forEach((label, i) => {
    trace.atoms.join(labels[crd ? Math.floor(i / area) : i % channels]!, label, reason);
  });
  return [[axes[0], { labels, zero: x.zero }, undefined, undefined]];
};

const spaceToDepth: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  const area = intAttribute(node, "blocksize", 1) ** 2;
  const x = axes[1];
  if (!x) return [[axes[0], undefined, undefined, undefined]];
  const { length } = x.labels;
  const labels = Int32Array.from({ length: length * area }, (_, i) => x.labels[i % length]!);
  return [[axes[0], { labels, zero: x.zero }, undefined, undefined]];
};

/** Operators that keep the elements and move them. */
export const layouts: Readonly<Record<string, ChannelRow>> = {
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Concat: concat,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
