import type { Tensors } from "../runtime/runtime.ts";
import type { MetaGraph } from "../metagraph/meta_graph.ts";

/** A graph's features under the names of a metanetwork model's inputs: `nodes.0` …, `edges.0` …. */
export function featureFeeds({ layers, blocks }: Pick<MetaGraph, "layers" | "blocks">): Tensors {
  return Object.fromEntries([
    ...layers.map(({ features }, i) => [`nodes.${i}`, features]),
    ...blocks.map(({ features }, i) => [`edges.${i}`, features]),
  ]);
}
