import type { Dim } from "../../onnx/dim.ts";
import type { ChannelIds } from "./channel_union_find.ts";

/** Channels that lie along an axis of a value. */
export interface Channels {
  /** The channel at each position. */
  readonly labels: ChannelIds;
  /** Whether a masked channel is exactly zero here, so that sums over this axis do not see it. */
  readonly zero: boolean;
  /** A length that is not known, of which each position has all labels behind it: N along N·heads. */
  readonly repeats?: Dim | undefined;
  /** Whether these are experts that were chosen among: a masked one was not, whatever stands here. */
  readonly chosen?: boolean | undefined;
  /** Which axes of the node's inputs these are, while its row speaks. */
  readonly of?: readonly InputAxis[] | undefined;
}

/** An axis whose positions must all stay. */
export interface Closed {
  /**
   * The first operator on the way that closed it, and what it does there; or the input of the graph it is of.
   */
  readonly why: string;
  /** Which axes of the node's inputs it closes, while its row speaks. */
  readonly of?: readonly InputAxis[] | undefined;
}

/** An axis of an input of a node, as a number that tells it from the others. */
export type InputAxis = number;

const MOST_AXES = 64;

/** Makes one number of an input and its axis. */
export const inputAxisOf = (input: number, axis: number): InputAxis => input * MOST_AXES + axis;

/** The input and its axis that a number stands for. */
export const inputAndAxis = (place: InputAxis): { input: number; axis: number } => ({
  input: Math.floor(place / MOST_AXES),
  axis: place % MOST_AXES,
});

/** Contents of one axis of a value: channels, or a reason why none can leave from it. */
export type Axis = Channels | Closed;

/** Whether these are experts of whose number a masked one gets zero. */
export const isGate = (axis: Axis | undefined): axis is Channels =>
  isOpen(axis) && axis.chosen === true && axis.zero;

/** The axes of a value. */
export type Axes = readonly Axis[];

/** Whether there are channels that may leave. */
export const isOpen = (axis: Axis | undefined): axis is Channels => axis !== undefined && "labels" in axis;

/** An axis without channels, and why. */
export const closed = (why: string): Closed => ({ why });

/** Ends an axis here, for this reason; one that was closed on the way here keeps its own. */
export const stop = (axis: Axis, why: string): Closed => isOpen(axis) ? { why, of: axis.of } : axis;

/** The axis behind an operator that leaves a masked channel zero, where it is so, or does not. */
export const withZero = (axis: Axis, zero: boolean): Axis =>
  isOpen(axis) ? { ...axis, zero: axis.zero && zero } : axis;

/** The channels at some positions of an axis, in their order. */
export const pick = (axis: Channels, positions: ArrayLike<number>): Channels => ({
  ...axis,
  labels: Int32Array.from(positions, (i) => axis.labels[i]!),
});

/** The block behind each position of an axis, of which `size` neighbours have one block. */
export const blockOfEach = (blocks: Axis, length: number, size: number): Axis =>
  isOpen(blocks) ? pick(blocks, Array.from({ length }, (_, i) => Math.floor(i / size))) : blocks;

/** The axes of inputs that several axes come from. */
export const inputAxesOf = (axes: readonly Axis[]): InputAxis[] => axes.flatMap(({ of }) => of ?? []);

/** The first axis that must stay, or else the first. */
export const firstClosed = (axes: readonly Axis[]): Axis | undefined =>
  axes.find((axis) => !isOpen(axis)) ?? axes[0];

/** The channels along an axis of a value, where there are any. */
export function channelsAt(axes: Axes | undefined, axis: number): Channels | undefined {
  const known = axes?.[axis];
  return isOpen(known) ? known : undefined;
}
