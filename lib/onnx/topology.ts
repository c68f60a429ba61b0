import type { Graph, Node } from "./model.ts";

/** Where a value is read: the node and which of its inputs. */
export interface Use {
  node: Node;
  index: number;
}

/** The node that produces each value. Inputs and initializers have none. */
export function producers(graph: Graph): Map<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== "") map.set(output, node);
  }
  return map;
}

/** Every place where each value is read by a node of this graph (subgraphs of control flow excluded). */
export function consumers(graph: Graph): Map<string, Use[]> {
  const map = new Map<string, Use[]>();
  for (const node of graph.nodes) {
    node.inputs.forEach((input, index) => {
      if (input === "") return;
      const uses = map.get(input);
      if (uses) uses.push({ node, index });
      else map.set(input, [{ node, index }]);
    });
  }
  return map;
}
