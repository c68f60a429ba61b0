import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { type Axis, isOpen, stop, withZero } from "../channels/axis.ts";
import { broadcastAxis } from "./broadcast.ts";
import type { ChannelCall, ChannelRow, Flow } from "./row.ts";

/** Channels that a product sums over: coupled, and unseen once masked where one side is zero. */
export function contract(
  { node }: ChannelCall,
  a: Axis,
  b: Axis,
): Required<Pick<Flow, "joins" | "consumed">> {
  if (!isOpen(a) || !isOpen(b)) return { joins: [[a, b]], consumed: [] };
  if (!a.zero && !b.zero) {
    const why = `${describe(node)} sums over it, where a masked channel is not zero`;
    return { joins: [[a, b]], consumed: [stop(a, why)] };
  }
  return { joins: [[a, b]], consumed: [] };
}

/** a: […, M, K], b: […, K, N] → […, M, N] */
export const matMul: ChannelRow = (call) => {
  const { node, shape } = call;
  const [left, right] = [shape(node.inputs[0])?.length, shape(node.inputs[1])?.length];
  if (left === undefined || right === undefined || left < 2 || right < 2) {
    const why = `${describe(node)} multiplies a vector`;
    return { outputs: [], consumed: [0, 1].flatMap((i) => call.axes(i)).map((axis) => stop(axis, why)) };
  }
  const inner = contract(call, call.axis(0, -1, "in"), call.axis(1, -2, "in"));
  const rank = Math.max(left, right);
  const batch = Array.from({ length: rank - 2 }, (_, i) => {
    const places = [i - (rank - left), i - (rank - right)];
    return broadcastAxis(call, places.map((at) => at < 0 ? undefined : at), "any");
  });
  return {
    outputs: [[...batch.map(({ axis }) => axis), call.axis(0, -2, "out"), call.axis(1, -1, "out")]],
    joins: [...inner.joins, ...batch.flatMap(({ joins }) => joins)],
    consumed: [...inner.consumed, ...batch.flatMap(({ consumed }) => consumed)],
  };
};

/** α·A·B + β·C with either side transposed. */
const gemm: ChannelRow = (call) => {
  const { node } = call;
  const [transA, transB] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
  const inner = contract(call, call.axis(0, transA ? 0 : 1, "in"), call.axis(1, transB ? 1 : 0, "in"));
  const output = [call.axis(0, transA ? 1 : 0, "out"), call.axis(1, transB ? 0 : 1, "out")];
  if (!node.inputs[2]) return { outputs: [output], ...inner };
  const shape = call.shape(node.inputs[2]) ?? [];
  const biases = output.map((_, i) => {
    const at = i - (2 - shape.length);
    return at < 0 || shape[at] === 1 ? undefined : call.axis(2, at, "bias");
  });
  return {
    outputs: [output.map((axis, i) => {
      const bias = biases[i];
      return bias && !isOpen(bias) ? bias : withZero(axis, isOpen(bias) && bias.zero);
    })],
    joins: [...inner.joins, ...biases.flatMap((bias, i) => bias ? [[output[i]!, bias] as const] : [])],
    consumed: inner.consumed,
  };
};

/** Products of matrices. */
export const linears: OperatorTable<ChannelRow> = { MatMul: matMul, Gemm: gemm };
