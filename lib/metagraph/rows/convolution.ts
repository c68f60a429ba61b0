import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { annotate } from "../annotate.ts";
import { type ChannelNodes, channelNodesAt, placesOf } from "../channels.ts";
import { type AxisLayout, onAxis, outerSum, range, withoutChannels } from "../axis_layout.ts";
import type { WeightView } from "../weight_view.ts";
import type { GraphRow, Trace } from "../trace.ts";
import { denseEdges, diagonalEdges, type Kernel } from "../add_edges.ts";

/** The channel axes of a weight [whole, per group, …window], cut into the parts of one group. */
interface Sides {
  /** Offsets by channel that a group makes. */
  made: Int32Array[];
  /** Offsets by channel that a group reads. */
  read: Int32Array[];
}

/**
 * Conv stores what it makes along the first axis, ConvTranspose what it reads; the second counts those of one
 * group.
 */
function sidesOf({ axes }: WeightView, groups: number, transposed: boolean): Sides {
  const [whole, inGroup] = axes as [Int32Array, Int32Array];
  const per = whole.length / groups;
  const cut = Array.from({ length: groups }, (_, group) => whole.subarray(group * per, (group + 1) * per));
  const same = cut.map(() => inGroup);
  return transposed ? { made: same, read: cut } : { made: cut, read: same };
}

const convolution = (transposed: boolean): GraphRow => (node, trace) => {
  const [x, w, b] = node.inputs;
  const weight = trace.stored(w);
  if (!weight || weight.axes.length < 3) {
    for (const name of [w, b]) {
      trace.pass(name, `${describe(node)} has a weight that is computed in the graph`);
    }
    return [];
  }
  const groups = intAttribute(node, "group", 1);
  const { made, read } = sidesOf(weight, groups, transposed);
  const [perMade, perRead] = [made[0]!.length, read[0]!.length];
  const kernel = windowOf(node, weight);
  const from = channelNodesAt(x!, 1, perRead * groups, { node, trace });
  const [, , ...pixels] = trace.shape(node.outputs[0]) ?? [];
  const area = pixels.reduce<number>((product, size) => product * Number(size), 1);
  const to = trace.draft.open(perMade * groups, {
    name: weight.tensor,
    kind: "weighted",
    op: node.op,
    pixels: Number.isFinite(area) ? area : 0,
    stride: intsAttribute(node, "strides", [1])[0] ?? 1,
  });
  if (groups > 1 && perRead === 1 && from.taps.length === 1) {
    // Depthwise: the k-th channel that each one makes.
    for (let k = 0; k < perMade; k++) {
      const rows = made.map((offsets, group) => offsets[k]! + read[group]![0]!);
      const targets = range(groups, perMade).map((first) => to[first + k]!);
      diagonalEdges(from.labels, targets, { ...kernel, rows: Int32Array.from(rows) }, trace);
    }
  } else {
    made.forEach((rows, group) => {
      const own = part(from, group * perRead, perRead);
      const targets = to.subarray(group * perMade, (group + 1) * perMade);
      denseEdges(own, targets, { ...kernel, rows, columns: read[group]! }, { node, trace });
    });
  }
  const output = node.outputs[0]!;
  trace.setLayout(output, resultOf(node, to, trace));
  const bias = trace.stored(b);
  return [bias ? annotate({ name: output, axis: 1 }, [bias], "bias", { node, trace }) : trace.layout(output)];
};

/** A part of the channels that are read, with everything behind them. */
function part(
  { labels, positions, taps, places }: ChannelNodes,
  start: number,
  length: number,
): ChannelNodes {
  const end = start + length;
  const first = positions[start]!;
  return {
    labels: labels.subarray(start, end),
    positions: positions.subarray(start, end).map((position) => position - first),
    taps,
    places,
  };
}

/** Axes of a convolution's result: batch, the channels that it makes, pixels. */
function resultOf(node: Node, to: Int32Array, trace: Trace): AxisLayout {
  const result = onAxis(withoutChannels(trace.shape(node.outputs[0]) ?? []), 1, to, { fresh: true });
  // A batch that was merged with something else can be told apart again later.
  const batch = trace.layout(node.inputs[0])?.axes[0];
  if (!batch || batch.length < 2) return result;
  return { ...result, axes: result.axes.with(0, batch.map(({ size }) => ({ size, channel: false }))) };
}

/** Offsets and places of a kernel's window. */
function windowOf(node: Node, { tensor, axes }: WeightView): Omit<Kernel, "rows" | "columns"> {
  const window = axes.slice(2);
  const taps = window.reduce<Int32Array>((sum, offsets) => outerSum(sum, offsets), Int32Array.of(0));
  const places = placesOf(window.map(({ length }) => length), intsAttribute(node, "dilations", []));
  return { tensor, taps, places };
}

/** Convolutions: dense blocks, one per group; a depthwise one is a diagonal block. */
export const convolutions: OperatorTable<GraphRow> = {
  Conv: convolution(false),
  ConvTranspose: convolution(true),
};
