import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { annotate } from "../annotate.ts";
import { type Channels, channelsAt, placesOf } from "../channels.ts";
import { bare, type Factor, onAxis, outerSum, range, type Space } from "../space.ts";
import type { Stored } from "../stored.ts";
import type { GraphRow, Trace } from "../trace.ts";
import { dense, diagonal, type Kernel } from "../weigh.ts";

/** A part of the channels that are read, with everything behind them. */
function part({ labels, positions, taps, places }: Channels, start: number, length: number): Channels {
  const end = start + length;
  const first = positions[start]!;
  return {
    labels: labels.subarray(start, end),
    positions: positions.subarray(start, end).map((position) => position - first),
    taps,
    places,
  };
}

/** Weights [made or read, the other / groups, …window]; `made` tells which axis is which. */
const convolution = (made: 0 | 1): GraphRow => (node, trace) => {
  const [x, w, b] = node.inputs;
  const weight = trace.stored(w);
  if (!weight || weight.axes.length < 3) {
    for (const name of [w, b]) {
      trace.pass(name, `${describe(node)} has a weight that is computed in the graph`);
    }
    return [];
  }
  const groups = intAttribute(node, "group", 1);
  const read = weight.axes[1 - made]!;
  // The first axis counts the channels of all groups, the second those of one.
  const [perRead, perMade] = [read.length, weight.axes[made]!.length].map((length, i) =>
    (i === 0) === (made === 0) ? length : length / groups
  ) as [number, number];
  const kernel = windowOf(node, weight);
  const from = channelsAt(x!, 1, perRead * groups, node, trace);
  const [, , ...pixels] = trace.shape(node.outputs[0]) ?? [];
  const area = pixels.reduce<number>((product, size) => product * Number(size), 1);
  const to = trace.draft.open(perMade * groups, {
    name: weight.tensor,
    kind: "weighted",
    op: node.op,
    pixels: Number.isFinite(area) ? area : 0,
    stride: intsAttribute(node, "strides", [1])[0] ?? 1,
  });
  const of = (axis: Int32Array, whole: boolean, group: number, per: number) =>
    whole ? axis.subarray(group * per, (group + 1) * per) : axis;
  if (groups > 1 && perRead === 1 && from.taps.length === 1) {
    for (let k = 0; k < perMade; k++) {
      const rows = range(groups).map((group) =>
        of(weight.axes[made]!, made === 0, group, perMade)[k]! + of(read, made === 1, group, 1)[0]!
      );
      diagonal(from.labels, range(groups, perMade).map((i) => to[i + k]!), { ...kernel, rows }, trace);
    }
  } else {
    for (let group = 0; group < groups; group++) {
      dense(
        part(from, group * perRead, perRead),
        to.subarray(group * perMade, (group + 1) * perMade),
        {
          ...kernel,
          rows: of(weight.axes[made]!, made === 0, group, perMade),
          columns: of(read, made === 1, group, perRead),
        },
        node,
        trace,
      );
    }
  }
  const output = node.outputs[0]!;
  trace.setSpace(output, made_(node, to, trace));
  const bias = trace.stored(b);
  return [bias ? annotate(output, 1, [bias], "bias", node, trace) : trace.space(output)];
};

/** The output of a convolution: batch, channels, pixels. */
function made_(node: Node, to: Int32Array, trace: Trace): Space {
  const shape = trace.shape(node.outputs[0]) ?? [];
  const batch: readonly Factor[] | undefined = trace.space(node.inputs[0])?.axes[0];
  const result = onAxis(bare(shape), 1, to, { fresh: true });
  if (!batch || batch.length < 2) return result;
  return {
    ...result,
    axes: result.axes.with(0, batch.map((factor) => ({ size: factor.size, channel: false }))),
  };
}

/** Offsets and places of a kernel's window. */
function windowOf(node: Node, { tensor, axes }: Stored): Omit<Kernel, "rows" | "columns"> {
  const window = axes.slice(2);
  const taps = window.reduce<Int32Array>((sum, offsets) => outerSum(sum, offsets), Int32Array.of(0));
  const places = placesOf(window.map(({ length }) => length), intsAttribute(node, "dilations", []));
  return { tensor, taps, places };
}

/** Convolutions: dense blocks, one per group; a depthwise one is a diagonal block. */
export const convolutions: Readonly<Record<string, GraphRow>> = {
  Conv: convolution(0),
  ConvTranspose: convolution(1),
};
