import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { annotate } from "../annotate.ts";
import { channelNodesAt, pixelsOf } from "../channels.ts";
import { attended } from "../attention.ts";
import { type AxisLayout, onAxis, withoutChannels } from "../axis_layout.ts";
import type { WeightView } from "../weight_view.ts";
import type { GraphRow, Trace } from "../trace.ts";
import { denseEdges } from "../add_edges.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** A matrix and a value, and which of their axes are what. */
interface Product {
  x: string;
  /** Axis of the value that is summed over. */
  read: number;
  weight: WeightView;
  /** Axes of the matrix: summed over, and left. */
  columns: number;
  rows: number;
  /** Axis of the result that the matrix makes. */
  made: number;
}

/** A stored matrix applied to an axis of a value; the others stay, without their channels. */
function product(
  node: Node,
  { x, read, weight, columns, rows, made }: Product,
  trace: Trace,
): AxisLayout {
  const length = weight.axes[columns]!.length;
  const from = channelNodesAt(x, read, length, { node, trace });
  const before = trace.layout(x);
  const shape = trace.shape(node.outputs[0]);
  const pixels = before ? pixelsOf(before, normalAxis(read, before.axes.length)) : 0;
  const to = trace.draft.open(weight.axes[rows]!.length, {
    name: weight.tensor,
    kind: "weighted",
    op: node.op,
    pixels,
  });
  const kernel = {
    tensor: weight.tensor,
    rows: weight.axes[rows]!,
    columns: weight.axes[columns]!,
    taps: Int32Array.of(0),
    places: [[0, 0]],
  };
  denseEdges(from, to, kernel, { node, trace });
  const stays = made === read && before?.axes.length === shape?.length;
  const result = before && stays ? before : withoutChannels(shape ?? [0, 0]);
  return onAxis(result, normalAxis(made, result.axes.length), to, { fresh: true });
}

/** A: […, M, K], B: […, K, N] → […, M, N] */
const matMul: GraphRow = (node, trace) => {
  const [a, b] = node.inputs as [string, string];
  const [left, right] = [trace.stored(a), trace.stored(b)];
  if (!left && !right) return [attended(node, trace)];
  const weight = (left ?? right)!;
  if (left && right) {
    for (const name of [a, b]) trace.pass(name, `${describe(node)} multiplies two stored tensors`);
    return [];
  }
  if (weight.axes.length !== 2) {
    trace.pass(
      weight.tensor,
      `${describe(node)} multiplies by ${weight.axes.length} axes of it, not by a matrix`,
    );
    return [];
  }
  return [
    right
      ? product(node, { x: a, read: -1, weight, columns: 0, rows: 1, made: -1 }, trace)
      : product(node, { x: b, read: -2, weight, columns: 1, rows: 0, made: -2 }, trace),
  ];
};

/** α·A·B + β·C with either side transposed. */
const gemm: GraphRow = (node, trace) => {
  const [a, b, c] = node.inputs as [string, string, string?];
  const [transA, transB] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
  const [left, right] = [trace.stored(a), trace.stored(b)];
  if (Boolean(left) === Boolean(right)) {
    for (const name of node.inputs) {
      trace.pass(name, `${describe(node)} has ${left ? "no computed matrix" : "no stored matrix"} beside it`);
    }
    return [];
  }
  const made = right ? 1 : 0;
  const output = node.outputs[0]!;
  trace.setLayout(
    output,
    right
      ? product(
        node,
        { x: a, read: 1 - transA, weight: right, columns: transB, rows: 1 - transB, made },
        trace,
      )
      : product(
        node,
        { x: b, read: transB, weight: left!, columns: 1 - transA, rows: transA, made },
        trace,
      ),
  );
  const bias = trace.stored(c);
  return [
    bias ? annotate({ name: output, axis: made }, [bias], "bias", { node, trace }) : trace.layout(output),
  ];
};

/** Products of matrices. */
export const linears: OperatorTable<GraphRow> = { MatMul: matMul, Gemm: gemm };
