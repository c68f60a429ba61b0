import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { byteLength } from "../../tensor/element_types.ts";
import { isDifferentiable } from "../gradients/call.ts";
import { shapeSize } from "../dim.ts";
import type { Graph, Node } from "../model.ts";
import { factsOf, operatorOf, type OpName } from "../operators/table.ts";
import { shareEqualNodes } from "../passes/equal_nodes.ts";
import { runOrder } from "./run_order.ts";
import { reads } from "../topology.ts";

/** Operators whose output is their input's memory under another shape. */
const SAME_MEMORY: ReadonlySet<string> = new Set<OpName>([
  "Flatten",
  "Identity",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
]);

/**
 * The most bytes that the computed values of a graph take at once, where nodes run as ONNX Runtime runs them
 * ({@linkcode runOrder}), what two nodes both compute is computed once, and each value goes with the last
 * node that reads it. A result of an operator on single elements takes the place of an operand of its size
 * that goes there. Inputs and stored tensors are not counted, nor what operators need for themselves.
 *
 * Whole numbers whose count is only known when the graph runs count nothing: they are places and sizes.
 *
 * @param graph with all shapes
 * @throws TypeError naming a value of floats whose size is unknown
 */
export function peakMemory(graph: Graph): number {
  const nodes = runOrder({ nodes: shareEqualNodes(graph) });
  const memory = new Map<string, Memory>();
  const readers = new Map<string, number>();
  for (const node of nodes) {
    for (const value of reads(node)) readers.set(value, (readers.get(value) ?? 0) + 1);
  }
  for (const value of graph.outputs) readers.set(value, (readers.get(value) ?? 0) + 1);
  let [now, most] = [0, 0];
  for (const node of nodes) {
    const taken = [...reads(node)].flatMap((value) => memory.get(value) ?? []);
    for (const output of node.outputs) {
      if (output === "") continue;
      const uses = readers.get(output) ?? 0;
      const size = bytesOf(graph, output);
      const place = placeFor(node, size, { first: memory.get(node.inputs[0] ?? ""), taken });
      if (place) {
        place.uses += uses;
        memory.set(output, place);
      } else {
        memory.set(output, { bytes: size, uses });
        now += size;
      }
    }
    most = Math.max(most, now);
    const touched = [...taken, ...node.outputs.flatMap((output) => memory.get(output) ?? [])];
    for (const place of taken) place.uses--;
    for (const place of new Set(touched)) {
      if (place.uses > 0) continue;
      now -= place.bytes;
      place.bytes = 0;
    }
  }
  return most;
}

/** Memory of a value, and of others that lie there after it. */
interface Memory {
  bytes: number;
  /** Readers that still come. */
  uses: number;
}

/** The operand whose memory a result takes over, where there is one. */
function placeFor(
  node: Node,
  size: number,
  { first, taken }: { first: Memory | undefined; taken: readonly Memory[] },
): Memory | undefined {
  if (first && SAME_MEMORY.has(operatorOf(node)) && first.bytes === size) return first;
  if (!factsOf(node).elementwise) return undefined;
  const times = (place: Memory) => taken.filter((other) => other === place).length;
  return taken.find((place) => place.bytes === size && place.uses === times(place));
}

/** Bytes of a value. */
export function bytesOf({ values }: Pick<Graph, "values">, value: string): number {
  const { type, shape } = values.get(value) ?? {};
  const count = shape && shapeSize(shape);
  if (typeof count === "number") return byteLength(type ?? "float32", count);
  if (!isDifferentiable(type)) return 0;
  throw new TypeError(
    `Cannot tell how much memory the graph takes: the size of ${quoted(value)} is ` +
      `${shape ? `[${shape.join(", ")}]` : "unknown"}; give the shapes of its inputs`,
  );
}
