import assert from "node:assert/strict";
import { applyMetanetwork } from "../../lib/metanet/apply_metanetwork.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";

Deno.test("a metanetwork is as wide as the graphs of its layout, and follows its seed", () => {
  const model = resnetCifar({ depth: 20, widths: [2, 3, 4] });
  for (const layout of ["general", "published"] as const) {
    const { slots, context } = metaGraph(model, { layout });
    const { settings } = metanetworkFor(model, { layout, edges: [9], hidden: 4 });
    const { nodeFeatures, nodeContext, edges, hidden } = settings;
    assert.deepEqual([nodeFeatures, nodeContext, edges, hidden, settings.layout], [
      slots.length,
      context.length,
      [9],
      4,
      layout,
    ]);
  }
  assert.deepEqual(metanetworkFor(model, { seed: 3 }), metanetworkFor(model, { seed: 3 }));
  assert.notDeepEqual(metanetworkFor(model, { seed: 3 }).weights, metanetworkFor(model, { seed: 4 }).weights);
});

Deno.test("by taps it reads models of other architectures, too", async () => {
  const net = metanetworkFor(mlp({ sizes: [2, 3, 2] }), { hidden: 4, layers: 1 });
  const model = resnetCifar({ depth: 20, widths: [2, 3, 4] });
  const changed = await applyMetanetwork(model, net);
  assert.notDeepEqual(
    changed.graph.initializers.get("conv1.weight"),
    model.graph.initializers.get("conv1.weight"),
  );
});
