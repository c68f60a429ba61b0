import { requireOptions, withDefaults } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { metaGraph } from "../metagraph/to_meta_graph.ts";
import { createMetanetwork, type Metanetwork, type MetanetworkSettings } from "./metanetwork_parameters.ts";

/**
 * A new metanetwork that reads a model's graph. Where `edges` is `"taps"` and the layout is the general one,
 * as they are by default, it reads any other model as well.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const { settings } = metanetworkFor(mlp({ sizes: [4, 8, 2] }), { hidden: 8 });
 * assert.deepEqual([settings.hidden, settings.edges], [8, "taps"]);
 * ```
 */
export function metanetworkFor(
  model: Model,
  options: Partial<MetanetworkSettings> & {
    /** Seed of the initial weights. Default 0. */ seed?: number;
  } = {},
): Metanetwork {
  requireOptions("metanetworkFor", options, {
    layers: true,
    hidden: true,
    nodeFeatures: true,
    nodeContext: true,
    edges: true,
    ratio: true,
    layout: true,
    seed: true,
  });
  const { seed = 0, ...settings } = options;
  const { slots, context } = metaGraph(model, { layout: settings.layout });
  return createMetanetwork(
    withDefaults(
      { nodeFeatures: slots.length, nodeContext: context.length, edges: "taps" as const },
      settings,
    ),
    { seed },
  );
}
