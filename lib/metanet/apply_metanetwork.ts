import type { Model } from "../onnx/model.ts";
import { runModel, type RunModelOptions } from "../runtime/run_model.ts";
import { metaGraph } from "./convert.ts";
import { featureFeeds } from "./feature_feeds.ts";
import { type Metanetwork, metanetworkModel } from "./metanetwork.ts";
import { fromMetaGraph } from "./restore.ts";

/**
 * Feeds a network through a metanetwork once: the same network with changed weights. Right afterwards it may know nothing
 * any more; what counts is how it trains and prunes from there.
 *
 * @throws TypeError where the metanetwork does not read this architecture, or was trained on another layout
 */
export async function applyMetanetwork(
  model: Model,
  metanetwork: Metanetwork,
  options: RunModelOptions = {},
): Promise<Model> {
  const graph = metaGraph(model);
  const outputs = await runModel(metanetworkModel(metanetwork, graph), featureFeeds(graph), options);
  return fromMetaGraph(
    model,
    graph.withFeatures(
      graph.layers.map((_, i) => outputs[`nodes.${i}.next`]!),
      graph.blocks.map((_, i) => outputs[`edges.${i}.next`]!),
    ),
  );
}
