import type { Graph } from "../onnx/model.ts";
import type { Use } from "../onnx/topology.ts";

/** Operators, and which of their inputs may hold zeros in place of a channel without making infinities. */
const SAFE: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  GroupNormalization: [1, 2],
  Add: [0, 1],
  Sub: [0, 1],
  Mul: [0, 1],
  Sum: [0, 1, 2, 3],
  Gather: [0],
};

/** Operators that only move their first input around. */
const MOVES = new Set(["Reshape", "Transpose", "Unsqueeze", "Squeeze", "Flatten", "Cast", "Identity"]);

/** The stored tensors that a mask may write zeros into: all who read them only multiply or add. */
export function safeToZero(graph: Graph, uses: ReadonlyMap<string, readonly Use[]>): Set<string> {
  const outputs = new Set(graph.outputs);
  const safe = (name: string): boolean =>
    !outputs.has(name) &&
    (uses.get(name) ?? []).every(({ node, index }) =>
      Object.hasOwn(SAFE, node.op)
        ? SAFE[node.op]!.includes(index)
        : MOVES.has(node.op) && index === 0 && node.outputs.every(safe)
    );
  return new Set([...graph.initializers.keys()].filter(safe));
}
