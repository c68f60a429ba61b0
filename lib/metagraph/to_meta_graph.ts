import { requireOptions, requireWords } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { foldAttention } from "./attention.ts";
import { buildMetaGraph } from "./build_meta_graph.ts";
import type { MetaGraph } from "./meta_graph.ts";
import { normalForm } from "./normal_form.ts";
import { publishedGraph } from "./published_layout.ts";
import { traceModel } from "./trace.ts";

/** Settings of {@linkcode metaGraph}. */
export interface MetaGraphOptions {
  /**
   * `"general"`: the same columns for every network, kernels of any size, and a context that tells of each
   * node what it is. `"published"`: what the paper's code has for networks of this kind: eight columns for
   * ResNets, five for VGG, six for vision transformers; kernels of nine taps for networks on small images; no
   * context. Default `"general"`.
   */
  layout?: "general" | "published" | undefined;
}

/**
 * A network as a graph of channels: nodes in layers, edges in blocks between layers.
 *
 * Works for every model: one table row per operator says what it adds to the graph. What an operator outside
 * the table reads is not in the graph and stays as it is; `manifest` names it. Numbers are taken over as they
 * are, those that are not finite too. Features of a block are a view of the model's tensor where its order in
 * memory allows.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", arXiv 2506.12041, whose converters are
 * written for eight architectures one by one.
 *
 * @throws TypeError where the graph's shapes contradict each other; RangeError where there is no such layout
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const graph = metaGraph(mlp({ sizes: [64, 64, 64, 10] }));
 * assert.deepEqual([graph.nodes, graph.edges], [202, 8832]);
 * ```
 */
export function metaGraph(model: Model, options: MetaGraphOptions = {}): MetaGraph {
  requireOptions("metaGraph", options, { layout: true });
  const { layout = "general" } = options;
  requireWords("make a meta-graph", { layout }, { layout: { general: true, published: true } });
  const shaped = inferShapes(normalForm(model));
  const draft = traceModel(shaped);
  foldAttention(draft);
  const graph = buildMetaGraph(draft, shaped.graph);
  return layout === "published" ? publishedGraph(graph) : graph;
}
