import { GraphBuilder, type Value } from "../builder.ts";
import { inferShapes } from "../infer_shapes.ts";
import { type Graph, Model, type Node } from "../model.ts";
import { neededValues } from "../topology.ts";
import { upgradeOpset } from "../upgrade.ts";
import { removeDeadCode } from "./dead_code.ts";

/**
 * The model with nodes computed otherwise, in its newest operator set, with all shapes that are known.
 *
 * @param build adds nodes that compute the node's outputs, and returns these in order, or nothing where the
 * node stays as it is; outputs that nobody needs are named ""; `graph` is the upgraded one
 */
export function rebuild(
  model: Model,
  build: (g: GraphBuilder, node: Node, graph: Graph) => readonly Value[] | undefined,
): Model {
  const { graph, info } = inferShapes(upgradeOpset(model));
  const needed = neededValues(graph);
  const g = new GraphBuilder({ ...graph, nodes: [] }, info.opsets);
  for (const original of graph.nodes) {
    const node = { ...original, outputs: original.outputs.map((name) => needed.has(name) ? name : "") };
    const start = g.nodes.length;
    const built = build(g, node, graph);
    if (built) {
      node.outputs.forEach((name, i) => {
        if (name) g.place({ op: "Identity", inputs: [built[i]!], outputs: [name], attributes: {} });
      });
    } else {
      g.removeFrom(start);
      g.place(original);
    }
  }
  const built = g.model();
  return removeDeadCode(new Model(built.graph, { ...info, opsets: built.info.opsets }));
}
