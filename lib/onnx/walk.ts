import type { Dim, Shape } from "./dim.ts";
import { inferNode } from "./infer_shapes.ts";
import type { Graph, ModelInfo, Node } from "./model.ts";
import { contentsIn, type Scope, scopeOf } from "./shapes/call.ts";

/** A way through a graph's nodes in order, with what is known of values when a node is reached. */
export interface Walk {
  /** The graph that is walked through. */
  readonly graph: Graph;
  /** Version of ONNX's own operators. */
  readonly opset: number;
  /** Types, shapes and contents of the values so far. */
  readonly scope: Scope;
  /** The nodes in order; what a node tells of its outputs is known as soon as it is given out. */
  nodes(): Iterable<Node>;
  /** Shape of a value, where its rank is known by now. */
  shape(name: string | undefined): Shape | undefined;
  /** The numbers in a small tensor (a shape, axes), flattened, as far as they are known by now. */
  contents(name: string | undefined): readonly Dim[] | undefined;
}

/**
 * The walk that shapes, counts, channels and meta graphs go by: types and shapes of values, and the contents
 * of small tensors, are inferred node by node. What lies in subgraphs is walked through by itself.
 *
 * @param outer what is known around the graph, where it is a subgraph
 * @throws TypeError, while nodes are taken, naming a node whose inputs contradict each other
 */
export function walkGraph(
  { graph, info }: { graph: Graph; info: Pick<ModelInfo, "opsets"> },
  outer?: Scope,
): Walk {
  const scope = scopeOf(graph, info.opsets, outer);
  return {
    graph,
    opset: info.opsets[""] ?? 1,
    scope,
    *nodes() {
      for (const node of graph.nodes) {
        inferNode(node, scope);
        yield node;
      }
    },
    shape: (name) => name ? scope.values.get(name)?.shape : undefined,
    contents: (name) => name ? contentsIn(scope, name) : undefined,
  };
}
