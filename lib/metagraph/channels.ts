import type { Node } from "../onnx/model.ts";
import type { KernelPosition } from "./meta_graph.ts";
import { type AxisLayout, BLANK, channelAxes, isPure, onAxis, outerSum, range } from "./axis_layout.ts";
import type { Trace } from "./trace.ts";
import { normalAxis } from "../tensor/tensor.ts";

/** The nodes along an axis: the one at place k holds the positions `positions[k] + taps[t]`, all t. */
export interface ChannelNodes {
  /** Number of each node, [nodes]. */
  readonly labels: Int32Array;
  /** First position along the axis of each node, [nodes]. */
  readonly positions: Int32Array;
  /** Distances from a node's first position to all that it holds, [taps]. */
  readonly taps: Int32Array;
  /** Where each tap is in the window that was flattened, as many as `taps`. */
  readonly places: readonly KernelPosition[];
}

/**
 * The nodes along an axis that a weight is about to sum over, each of them once. An axis without channels
 * gets nodes here: those of an input of the model, or of a boundary where nothing is known of it.
 */
export function channelNodesAt(
  name: string,
  axis: number,
  length: number,
  { node, trace }: { node: Node; trace: Trace },
): ChannelNodes {
  const known = trace.layout(name);
  if (!known) return plain(trace.draft.open(length, { name, kind: "boundary", op: node.op }));
  const at = normalAxis(axis, known.axes.length);
  const here = channelAxes(known).includes(at)
    ? known
    : withNewChannels(known, { name, at, length }, { node, trace });
  const mixed = channelAxes(here).length > 1;
  if (mixed) return plain(gathered(here, at, name, { node, trace }).labels);
  const { positions, taps, sizes } = partsOf(here, at);
  const labels = eachOnce(here.labels, name, node, trace);
  return { labels, positions, taps, places: placesOf(sizes) };
}

/** The value with new nodes on an axis that had none. */
function withNewChannels(
  known: AxisLayout,
  { name, at, length }: { name: string; at: number; length: number },
  { node, trace }: { node: Node; trace: Trace },
): AxisLayout {
  const [only, ...more] = known.axes[at]!;
  const pixels = pixelsOf(known, at);
  const labels = only?.origin && more.length === 0
    ? trace.inputNodes(only.origin, length, pixels)
    : trace.draft.open(length, { name, kind: "boundary", op: node.op, pixels });
  const result = onAxis(known, at, labels);
  trace.setLayout(name, result);
  return result;
}

/** Most positions of an axis that become nodes although no weight reads them one by one. */
const MOST_POSITIONS = 2 ** 16;

/** Whether {@linkcode gathered} would make so many nodes that the graph is of no use. */
export function isVast({ axes }: AxisLayout, axis: number): boolean {
  return axes[axis]!.reduce((product, { size }) => product * Number(size), 1) > MOST_POSITIONS;
}

/** The value with one new node for each position of an axis, into which all behind it are passed on. */
export function gathered(
  from: AxisLayout,
  axis: number,
  name: string,
  { node, trace }: { node: Node; trace: Trace },
): AxisLayout {
  const { taps } = partsOf(from, axis);
  let position: Int32Array = Int32Array.of(0);
  from.axes.forEach((factors, i) =>
    factors.forEach(({ channel, size }, k) => {
      if (channel) position = outerSum(position, range(Number(size), i === axis ? inner(factors, k) : 0));
    })
  );
  const length = from.axes[axis]!.reduce((product, { size }) => product * Number(size), 1);
  const labels = trace.draft.open(length, { name, kind: "merge", op: node.op, pixels: pixelsOf(from, axis) });
  const spread = outerSum(position, taps);
  const sources = outerSum(from.labels, new Int32Array(taps.length));
  trace.draft.join(name, sources, spread.map((place) => labels[place]!), "identity");
  const result = onAxis(from, axis, labels);
  trace.setLayout(name, result);
  return result;
}

/** The value with all its channels, each once and none blank, on one axis and alone there. */
export function alignToAxis(
  from: AxisLayout,
  axis: number,
  name: string,
  { node, trace }: { node: Node; trace: Trace },
): AxisLayout {
  if (!isPure(from, axis)) return gathered(from, axis, name, { node, trace });
  const labels = eachOnce(from.labels, name, node, trace);
  return labels === from.labels ? from : onAxis(from, axis, labels, from);
}

/** The nodes of the labels, or copies of them where some appear twice or there are blanks among them. */
function eachOnce(labels: Int32Array, name: string, node: Node, trace: Trace): Int32Array {
  if (new Set(labels).size === labels.length && !labels.includes(BLANK)) return labels;
  const copies = trace.draft.open(labels.length, { name, kind: "merge", op: node.op });
  trace.draft.join(name, labels, copies, "identity");
  return copies;
}

function plain(labels: Int32Array): ChannelNodes {
  return { labels, positions: range(labels.length), taps: Int32Array.of(0), places: [[0, 0]] };
}

/** Positions along an axis of its channels, and of everything else on it. */
function partsOf(
  from: AxisLayout,
  axis: number,
): { positions: Int32Array; taps: Int32Array; sizes: number[] } {
  const factors = from.axes[axis]!;
  let [positions, taps]: [Int32Array, Int32Array] = [Int32Array.of(0), Int32Array.of(0)];
  factors.forEach(({ channel, size }, k) => {
    const steps = range(Number(size), inner(factors, k));
    if (channel) positions = outerSum(positions, steps);
    else taps = outerSum(taps, steps);
  });
  const sizes = factors.filter(({ channel, size }) => !channel && size !== 1).map(({ size }) => Number(size));
  return { positions, taps, sizes };
}

/** Step along an axis of one of its factors. */
function inner(factors: AxisLayout["axes"][number], k: number): number {
  return factors.slice(k + 1).reduce((product, { size }) => product * Number(size), 1);
}

/** Places of a window's or map's positions relative to its centre, the last axis fastest. */
export function placesOf(sizes: readonly number[], steps: readonly number[] = []): KernelPosition[] {
  let places: number[][] = [[]];
  sizes.forEach((size, axis) => {
    const step = steps[axis] ?? 1;
    places = places.flatMap((place) =>
      Array.from({ length: size }, (_, i) => [...place, step * (i - (size - 1) / 2)])
    );
  });
  // The last two axes are height and width; what comes before them tells depth.
  return places.map((place) => {
    const [dx = 0, dy = 0, ...rest] = place.reverse();
    return [dy, dx, ...rest];
  });
}

/** Positions of everything but the batch and one axis: pixels or tokens; 0 where unknown. */
export function pixelsOf(from: AxisLayout, axis: number): number {
  const others = from.axes.filter((_, i) => i > 0 && i !== axis).flat();
  const product = others.reduce((pixels, { size }) => pixels * Number(size), 1);
  return Number.isFinite(product) ? product : 0;
}
