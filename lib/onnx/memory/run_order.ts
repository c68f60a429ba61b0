import type { Graph, Node } from "../model.ts";
import { reads } from "../topology.ts";

/**
 * The nodes of a graph in the order in which ONNX Runtime runs them on the CPU: not as they stand, but each
 * when it is needed. It begins with the last node whose outputs no other node reads, and before a node runs
 * all it needs, of several nodes the last one first.
 *
 * Source: ONNX Runtime's `GraphViewer` and `Graph::ReverseDFSFrom`, in the order that sessions have unless
 * told otherwise.
 */
export function runOrder({ nodes }: Pick<Graph, "nodes">): Node[] {
  const maker = new Map<string, number>();
  nodes.forEach(({ outputs }, i) => outputs.forEach((output) => output && maker.set(output, i)));
  const needs = nodes.map((node) => {
    const makers = new Set([...reads(node)].flatMap((value) => maker.get(value) ?? []));
    return [...makers].sort((a, b) => a - b);
  });
  const read = new Set(needs.flat());
  const order: Node[] = [];
  const seen = new Set<number>();
  const stack = nodes.flatMap((_, i) => read.has(i) ? [] : [{ at: i, ready: false }]);
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { at, ready } = next;
    if (ready) order.push(nodes[at]!);
    else if (!seen.has(at)) {
      seen.add(at);
      stack.push({ at, ready: true }, ...needs[at]!.filter((need) => !seen.has(need)).map(waiting));
    }
  }
  return order;
}

const waiting = (at: number) => ({ at, ready: false });
