import { requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { defaultRuntime, runModel, type RunModelOptions } from "../runtime/run_model.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { changedTensors } from "./changed_tensors.ts";
import { metaGraph } from "../metagraph/to_meta_graph.ts";
import { featureFeeds } from "./feature_feeds.ts";
import { metanetworkModel } from "./metanetwork.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import type { MetaGraph } from "../metagraph/meta_graph.ts";
import { normalForm } from "../metagraph/normal_form.ts";
import { fromMetaGraph } from "../metagraph/from_meta_graph.ts";
import { runByBlocks } from "./run_by_blocks.ts";

/**
 * Feeds a network through a metanetwork once: the same network with changed weights. Right afterwards it may
 * know nothing any more; what counts is how it trains and prunes from there.
 *
 * On the CPU the metanetwork is one graph; on a runtime with a GPU it runs block by block, with a compute
 * kernel for what nodes are told, and as little memory as the states of all edges and a few parts of a block.
 *
 * @throws TypeError where the metanetwork does not read this architecture, or was trained on another layout
 */
export async function applyMetanetwork(
  model: Model,
  metanetwork: Metanetwork,
  options: RunModelOptions = {},
): Promise<Model> {
  requireOptions("applyMetanetwork", options, { runtime: true });
  const graph = metaGraph(model, { layout: metanetwork.settings.layout });
  const runtime = options.runtime ?? await defaultRuntime();
  const run = "gpu" in runtime ? runByBlocks : runAtOnce;
  const { nodes, edges } = await run(metanetwork, graph, runtime);
  const changed = fromMetaGraph(model, graph.withFeatures(nodes, edges));
  const own = normalForm(model).graph.initializers;
  const may = new Set(changedTensors(changed, graph));
  const initializers = new Map(
    [...changed.graph.initializers].map((
      [name, tensor],
    ) => [name, may.has(name) ? tensor : own.get(name) ?? tensor]),
  );
  return changed.withGraph({ ...changed.graph, initializers });
}

/** Runs the metanetwork as one graph. */
async function runAtOnce(
  metanetwork: Metanetwork,
  graph: MetaGraph,
  runtime: Runtime,
): Promise<{ nodes: Tensor[]; edges: Tensor[] }> {
  const outputs = await runModel(metanetworkModel(metanetwork, graph), featureFeeds(graph), { runtime });
  return {
    nodes: graph.layers.map((_, i) => outputs[`nodes.${i}.next`]!),
    edges: graph.blocks.map((_, i) => outputs[`edges.${i}.next`]!),
  };
}
