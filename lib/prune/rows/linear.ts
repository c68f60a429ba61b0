import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import type { Axis, ChannelRow, Trace } from "../trace.ts";

/** Channels that a product sums over: coupled, and unseen once masked where one side is zero. */
function contract(node: Node, trace: Trace, a: Axis | undefined, b: Axis | undefined) {
  trace.join(a, b, `${describe(node)} multiplies it with channels that must stay`);
  if (a && b && !a.zero && !b.zero) {
    trace.atoms.keep(a.labels, `${describe(node)} sums over it, where a masked channel is not zero`);
  }
}

/** a: […, M, K], b: […, K, N] → […, M, N] */
const matMul: ChannelRow = (node, trace) => {
  const [a, b] = node.inputs;
  const [left, right] = [trace.shape(a)?.length, trace.shape(b)?.length];
  if (left === undefined || right === undefined || left < 2 || right < 2) {
    for (const name of node.inputs) trace.protect(name, `${describe(node)} multiplies a vector`);
    return [];
  }
  contract(node, trace, trace.axis(a, -1, "in"), trace.axis(b, -2, "in"));
  const rank = Math.max(left, right);
  const batch = Array.from({ length: rank - 2 }, (_, i) => {
    const [x, y] = [i - (rank - left), i - (rank - right)];
    return broadcastAxis(node, trace, [x < 0 ? undefined : [a!, x], y < 0 ? undefined : [b!, y]], "any");
  });
  return [[...batch, trace.axis(a, -2, "out"), trace.axis(b, -1, "out")]];
};

/** α·A·B + β·C with either side transposed. */
const gemm: ChannelRow = (node, trace) => {
  const [a, b, c] = node.inputs;
  const [transA, transB] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
  contract(node, trace, trace.axis(a, transA ? 0 : 1, "in"), trace.axis(b, transB ? 1 : 0, "in"));
  const output = [trace.axis(a, transA ? 1 : 0, "out"), trace.axis(b, transB ? 0 : 1, "out")];
  if (!c) return [output];
  const shape = trace.shape(c) ?? [];
  return [output.map((axis, i) => {
    const at = i - (2 - shape.length);
    if (!axis || at < 0 || shape[at] === 1) {
      if (at >= 0 && !axis) trace.protect(c, `${describe(node)} adds it to what must stay`, at);
      return axis && { ...axis, zero: false };
    }
    const bias = trace.axis(c, at, "bias");
    trace.join(axis, bias, `it is the bias of ${describe(node)}, whose channels must stay`);
    return { ...axis, zero: axis.zero && (bias?.zero ?? false) };
  })];
};

/**
 * One axis of an elementwise result: what has the full length is coupled, what has length 1 is repeated.
 *
 * @param zero whether a masked channel is zero in the result where it is so in "any", "all", or the "first"
 */
export function broadcastAxis(
  node: Node,
  trace: Trace,
  inputs: readonly (readonly [name: string, axis: number] | undefined)[],
  zero: "any" | "all" | "first" | "none",
  role: "scale" | "bias" | "other" = "other",
): Axis | undefined {
  const reason = `${describe(node)} combines it with channels that must stay`;
  const full = inputs.map((input) => {
    const length = input && trace.shape(input[0])?.[input[1]];
    return input === undefined || length === 1 ? undefined : input;
  });
  const present = full.filter((input) => input !== undefined);
  // A stored tensor alone along this axis still has channels: the others are repeated along them.
  const axes = present.map(([name, axis]) => trace.axis(name, axis, role));
  const [first] = axes.filter((axis) => axis !== undefined);
  if (first === undefined) return undefined;
  let tracked = true;
  for (const axis of axes) {
    trace.join(first, axis, reason);
    if (axis?.labels.length !== first.labels.length || axis.outer !== first.outer) tracked = false;
  }
  if (!tracked) return undefined;
  const isZero = full.map((input) =>
    input !== undefined && (trace.axis(input[0], input[1], role)?.zero ?? false)
  );
  const result = zero === "any"
    ? isZero.some(Boolean)
    : zero === "all"
    ? isZero.every(Boolean)
    : zero === "first" && isZero[0]!;
  return { ...first, zero: result };
}

/** Products of matrices. */
export const linears: Readonly<Record<string, ChannelRow>> = { MatMul: matMul, Gemm: gemm };
