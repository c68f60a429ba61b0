import { withoutUndefined } from "../options.ts";
import { type Dim, multiplyDims, type Shape } from "../onnx/dim.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { regroup } from "./regroup.ts";
import type { SlotKind } from "./slots.ts";
import type { WeightView } from "./weight_view.ts";

/** Part of an axis: channels, or anything else (a batch, pixels, tokens). */
export interface AxisFactor {
  /** Length of this part. */
  readonly size: Dim;
  /** Whether its places are channels. */
  readonly channel: boolean;
  /** The axis of an input of the model that it is, untouched. */
  readonly origin?: string;
}

/**
 * Where the channels of a value lie. Each axis is a product of factors, and the node behind an element
 * depends on its place along the channel factors only: [N, 768] may be [N, 12 heads, T, 64] after a reshape
 * and a transpose, with channel factors 12 and 64 on two axes, and [N, 512, 7, 7] flattened is one axis of
 * 512 channels and 7·7 pixels.
 */
export interface AxisLayout {
  /** Factors of each axis; their sizes multiply to its length. */
  readonly axes: readonly (readonly AxisFactor[])[];
  /**
   * The node at each place of the channel factors, in their order, the last one fastest; empty without
   * channels.
   */
  readonly labels: Int32Array;
  /** Whether a weight made it, and only norms and functions of each element came since, all read once. */
  readonly fresh: boolean;
  /** The queries and keys whose products these are. */
  readonly scores?: Scores;
  /** Vectors with one number per channel of what it will be combined with. */
  readonly deferred?: readonly Deferred[];
}

/**
 * A stored vector that entered a value without channels: γ in γ / σ, which is multiplied with channels later.
 */
export interface Deferred {
  /** The vector, as it is stored: one axis longer than 1. */
  readonly vector: WeightView;
  /** Axis of the vector, counted from the last one on, which is 1. */
  readonly fromEnd: number;
  /** Role of the vector for the nodes: a scale, a shift, a statistic. */
  readonly kind: SlotKind;
}

/** Operands of attention: rows that are compared, and rows that are mixed. */
export interface Scores {
  /** Number of the node of each query channel, [heads · size]. */
  readonly query: Int32Array;
  /** Number of the node of each key channel, as long as `query`. */
  readonly key: Int32Array;
  /** Number of the node of each value channel, once it is known, as long as `query`. */
  value?: Int32Array;
  /** Channels that one product sums over: those of a head. */
  readonly size: number;
}

/** The label of places that hold zeros and no channel: what Pad adds. */
export const BLANK = -1;

const NOTHING = new Int32Array(0);

/** A value without channels. */
export function withoutChannels(shape: Shape): AxisLayout {
  return { axes: shape.map((size) => [{ size, channel: false }]), labels: NOTHING, fresh: false };
}

/** Whether a value has channels at all. */
export function hasChannels({ labels }: AxisLayout): boolean {
  return labels.length > 0;
}

/** Whether an axis holds all channels and nothing else. */
export function isPure(layout: AxisLayout, axis: number): boolean {
  const factors = layout.axes[axis];
  return factors?.length === 1 && factors[0]!.channel && channelSizes(layout).length === 1;
}

/** Sizes of all channel factors, in order. */
export function channelSizes({ axes }: Pick<AxisLayout, "axes">): number[] {
  return axes.flat().filter(({ channel }) => channel).map(({ size }) => size as number);
}

/** The axes that hold channels. */
export function channelAxes({ axes }: AxisLayout): number[] {
  return [...axes.keys()].filter((axis) => axes[axis]!.some(({ channel }) => channel));
}

/** A layout whose factors are as few as they can be: neighbouring channels on one axis are one factor. */
export function axisLayout(
  axes: readonly (readonly AxisFactor[])[],
  labels: Int32Array,
  { fresh = false, scores, deferred }: Partial<AxisLayout> = {},
): AxisLayout {
  const tidy = axes.map((factors) => {
    const result: AxisFactor[] = [];
    for (const factor of factors) {
      const last = result.at(-1);
      if (!factor.channel && factor.size === 1 && factors.length > 1) continue;
      if (last?.channel && factor.channel) {
        result[result.length - 1] = { size: (last.size as number) * (factor.size as number), channel: true };
      } else result.push(factor);
    }
    return result;
  });
  return withoutUndefined({ axes: tidy, labels, fresh, scores, deferred });
}

/** A layout of the same channels, around which axes have other lengths or are added in front. */
export function withShape(from: AxisLayout, shape: Shape): AxisLayout {
  const shift = shape.length - from.axes.length;
  const axes = shape.map((size, axis) => {
    const factors = from.axes[axis - shift] ?? [];
    const length = factors.reduce<Dim>((product, factor) => multiplyDims(product, factor.size), 1);
    const keep = factors.some(({ channel }) => channel) || (factors.length > 0 && length === size);
    return keep ? factors : [{ size, channel: false }];
  });
  return { ...from, axes };
}

/** Axes in another order. */
export function permuted(from: AxisLayout, perm: readonly number[]): AxisLayout {
  const axes = perm.map((axis) => from.axes[axis]!);
  const order = perm.flatMap((axis) => digitsOf(from, axis));
  return axisLayout(axes, transposed(from.labels, channelSizes(from), order), from);
}

/** Numbers of the channel factors on an axis. */
function digitsOf({ axes }: AxisLayout, axis: number): number[] {
  const count = (factors: readonly AxisFactor[]) => factors.filter(({ channel }) => channel).length;
  const start = axes.slice(0, axis).reduce((sum, factors) => sum + count(factors), 0);
  return Array.from({ length: count(axes[axis]!) }, (_, i) => start + i);
}

/** Layout of the same elements under another shape; `undefined` where it is not known what lies where. */
export function reshaped(from: AxisLayout, shape: Shape): AxisLayout | undefined {
  const parts = from.axes.flat().filter(({ size, channel }) => channel || size !== 1);
  const axes = regroup(parts, shape, ({ channel }, first, second) => [
    { size: first, channel },
    { size: second, channel },
  ]);
  return axes && axisLayout(axes.map((factors) => factors.length ? factors : [ONE]), from.labels, from);
}

const ONE: AxisFactor = { size: 1, channel: false };

/**
 * Some positions along an axis, {@linkcode BLANK} for places that are filled with zeros; `undefined` where
 * the axis mixes channels with other things.
 */
export function selected(
  from: AxisLayout,
  axis: number,
  positions: readonly number[],
): AxisLayout | undefined {
  const factors = from.axes[axis]!;
  if (!factors.some(({ channel }) => channel)) {
    const axes = from.axes.with(axis, [{ size: positions.length, channel: false }]);
    return { ...from, axes };
  }
  if (factors.length !== 1) return undefined;
  const sizes = channelSizes(from);
  const digit = digitsOf(from, axis)[0]!;
  const inner = sizeOf(sizes.slice(digit + 1));
  const outer = sizeOf(sizes.slice(0, digit));
  const labels = new Int32Array(outer * positions.length * inner);
  for (let o = 0; o < outer; o++) {
    positions.forEach((position, i) => {
      const to = (o * positions.length + i) * inner;
      const at = (o * sizes[digit]! + position) * inner;
      if (position === BLANK) labels.fill(BLANK, to, to + inner);
      else labels.set(from.labels.subarray(at, at + inner), to);
    });
  }
  return { ...from, axes: from.axes.with(axis, [{ size: positions.length, channel: true }]), labels };
}

/** The value without an axis of length 1. */
export function withoutAxis(from: AxisLayout, axis: number): AxisLayout {
  const axes = from.axes.toSpliced(axis, 1);
  if (!from.axes[axis]!.some(({ channel }) => channel)) return axisLayout(axes, from.labels, from);
  // A channel factor of size 1 adds nothing to the others; where it is the only one, no channels are left.
  return channelSizes({ axes }).length > 0
    ? axisLayout(axes, from.labels, from)
    : { ...axisLayout(axes, NOTHING) };
}

/** The value with channels on none but one axis, where they are new. */
export function onAxis(
  from: AxisLayout,
  axis: number,
  labels: Int32Array,
  rest: Partial<AxisLayout> = {},
): AxisLayout {
  const axes = from.axes.map((factors, i) =>
    i === axis
      ? [{ size: labels.length, channel: true }]
      : factors.map((factor) => factor.channel ? { size: factor.size, channel: false } : factor)
  );
  return axisLayout(axes, labels, rest);
}

/** Whether channels lie at the same places of two values that broadcast with each other. */
export function samePlaces(a: AxisLayout, b: AxisLayout): boolean {
  const rank = Math.max(a.axes.length, b.axes.length);
  for (let i = 1; i <= rank; i++) {
    if (pattern(a.axes.at(-i)) !== pattern(b.axes.at(-i))) return false;
  }
  return true;
}

function pattern(factors: readonly AxisFactor[] = []): string {
  if (!factors.some(({ channel }) => channel)) return "";
  return factors.map(({ size, channel }) => `${channel ? "c" : ""}${size}`).join();
}

/** The elements of an array of these sizes with its axes in another order. */
function transposed(data: Int32Array, sizes: readonly number[], order: readonly number[]): Int32Array {
  if (data.length === 0 || order.every((axis, i) => axis === i)) return data;
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)));
  let offsets: Int32Array = Int32Array.of(0);
  for (const axis of order) offsets = outerSum(offsets, range(sizes[axis]!, strides[axis]!));
  return offsets.map((offset) => data[offset]!);
}

/** a[i] + b[j], j fastest. */
export function outerSum(a: Int32Array, b: Int32Array): Int32Array {
  const result = new Int32Array(a.length * b.length);
  a.forEach((x, i) => b.forEach((y, j) => result[i * b.length + j] = x + y));
  return result;
}

/** 0, step, 2·step, … */
export function range(length: number, step = 1): Int32Array {
  return Int32Array.from({ length }, (_, i) => i * step);
}
