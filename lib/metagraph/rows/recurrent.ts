import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { channelNodesAt } from "../channels.ts";
import { type AxisLayout, axisLayout, range, withoutChannels } from "../axis_layout.ts";
import type { GraphRow } from "../trace.ts";
import { denseEdges } from "../add_edges.ts";

/**
 * A recurrent layer with this many gates: W [directions, gates·hidden, input], R [directions, gates·hidden,
 * hidden]. The hidden units of each direction are nodes; the weights of all gates are taps of one edge, and R
 * joins the units with themselves.
 */
const recurrent = (gates: number): GraphRow => (node, trace) => {
  const [x, w, r] = node.inputs;
  const [input, state] = [trace.stored(w), trace.stored(r)];
  if (input?.axes.length !== 3 || state?.axes.length !== 3) {
    for (const name of node.inputs.slice(1)) {
      trace.pass(name, `${describe(node)} has weights that are computed in the graph`);
    }
    return [];
  }
  for (const name of node.inputs.slice(3)) {
    trace.pass(name, `${describe(node)} has more numbers per unit in it than a node has slots`);
  }
  const directions = input.axes[0]!.length;
  const hidden = input.axes[1]!.length / gates;
  const from = channelNodesAt(x!, -1, input.axes[2]!.length, { node, trace });
  const layers = Array.from({ length: directions }, (_, direction) => {
    const name = directions > 1 ? `${input.tensor} ${direction}` : input.tensor;
    const units = trace.draft.open(hidden, { name, kind: "weighted", op: node.op });
    const itself = { labels: units, positions: range(hidden), taps: Int32Array.of(0), places: [[0, 0]] };
    for (const [read, { tensor, axes }] of [[from, input], [itself, state]] as const) {
      const start = axes[0]![direction]!;
      const kernel = {
        tensor,
        rows: axes[1]!.subarray(0, hidden).map((offset) => offset + start),
        columns: axes[2]!,
        taps: range(gates).map((gate) => axes[1]![gate * hidden]! - axes[1]![0]!),
        places: Array.from({ length: gates }, (_, gate) => [0, 0, gate]),
      };
      denseEdges(read, units, kernel, { node, trace });
    }
    return units;
  });
  const labels = Int32Array.from(layers.flatMap((units) => [...units]));
  // [T, directions, N, hidden], and the last states [directions, N, hidden]; with the batch first where
  // layout is 1.
  const first = intAttribute(node, "layout", 0) === 1;
  const at = [first ? 2 : 1, first ? 1 : 0, first ? 1 : 0];
  return node.outputs.map((name, i): AxisLayout | undefined => {
    const shape = trace.shape(name);
    if (!shape) return undefined;
    const axes = withoutChannels(shape).axes.map((factors, axis) =>
      axis === at[i] || axis === shape.length - 1
        ? factors.map(({ size }) => ({ size, channel: true }))
        : factors
    );
    return axisLayout(axes, labels);
  });
};

/** Recurrent layers. */
export const recurrents: OperatorTable<GraphRow> = {
  LSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
};
