import type { Graph } from "../onnx/model.ts";
import { factsOf } from "../onnx/operators/table.ts";
import { storedZero } from "./quantized/stored_zero.ts";
import type { Use } from "../onnx/topology.ts";

/** The stored tensors that a mask may write zeros into: all who read them only multiply or add. */
export function safeToZero(graph: Graph, uses: ReadonlyMap<string, readonly Use[]>): Set<string> {
  const outputs = new Set(graph.outputs);
  const safe = (name: string): boolean =>
    !outputs.has(name) && storedZero(name, graph, uses) !== undefined &&
    (uses.get(name) ?? []).every(({ node, index }) => {
      const { zeros, view, sizes } = factsOf(node);
      // Whoever asks for its shape alone is told the same.
      if (sizes?.includes(index)) return true;
      if (zeros) return zeros.includes(index);
      return view !== undefined && (view === "all" || index === 0) && node.outputs.every(safe);
    });
  return new Set([...graph.initializers.keys()].filter(safe));
}
