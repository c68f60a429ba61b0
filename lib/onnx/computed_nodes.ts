import type { Graph, Node } from "./model.ts";
import { factsOf } from "./operators/table.ts";
import { readInside } from "./topology.ts";

/**
 * The nodes of a graph whose numbers its outputs depend on: neither branches that lead nowhere nor such as
 * are only asked for their type or shape. Where a graph has no outputs, all its nodes.
 */
export function computedNodes(graph: Pick<Graph, "nodes" | "outputs">): ReadonlySet<Node> {
  if (graph.outputs.length === 0) return new Set(graph.nodes);
  const needed = new Set(graph.outputs);
  const computed = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    computed.add(node);
    const { sizes = [] } = factsOf(node);
    node.inputs.forEach((name, index) => sizes.includes(index) || needed.add(name));
    for (const name of readInside(node)) needed.add(name);
  }
  return computed;
}
