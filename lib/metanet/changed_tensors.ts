import { weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import type { MetaGraph } from "../metagraph/meta_graph.ts";

/**
 * The stored tensors that a metanetwork may change: those that the graph carries, but not the statistics of
 * norms. It sees these, and they stay as they were, as published: a variance that it writes might be
 * negative.
 */
export function changedTensors(model: Model, { manifest }: Pick<MetaGraph, "manifest">): string[] {
  const statistics = new Set(
    weightsOf(model).filter(({ role }) => role === "statistic").map(({ name }) => name),
  );
  return [...manifest].filter(([name, { state }]) => state === "carried" && !statistics.has(name)).map((
    [name],
  ) => name);
}
