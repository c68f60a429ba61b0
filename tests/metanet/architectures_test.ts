/** What an MLP does not have: residual connections, concatenations, groups, norms, flattened maps. */
import assert from "node:assert/strict";
import { applyMetanetwork } from "../../lib/metanet/apply_metanetwork.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { featureFeeds } from "../../lib/metanet/feature_feeds.ts";
import { metaStep } from "../../lib/metanet/meta_step.ts";
import { metanetworkModel } from "../../lib/metanet/metanetwork.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import type { MetanetworkSettings } from "../../lib/metanet/metanetwork_parameters.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { resnetImagenet } from "../../lib/nn/resnet_imagenet.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { branched } from "./branched.ts";
import { onEdgeList } from "./edge_list.ts";

/** Networks, and the metanetworks that are to read them: in the general layout, and as published. */
const READERS: Record<string, [build: () => Model, side: number, settings: Partial<MetanetworkSettings>]> = {
  "branches, by taps": [branched, 6, {}],
  "a bottleneck ResNet, as published": [
    () => resnetImagenet({ depth: 26, width: 2, classes: 3, image: 32, seed: 4 }),
    32,
    { edges: [49, 9, 1], layout: "published" },
  ],
  "a CIFAR ResNet, as published": [
    () => resnetCifar({ depth: 20, widths: [3, 4, 5], classes: 3, shortcut: "B", seed: 4 }),
    32,
    { edges: [9], layout: "published" },
  ],
};

Deno.test("branches are diagonal blocks, and blocks to parts of layers", () => {
  const { blocks } = metaGraph(branched());
  assert.ok(blocks.some(({ kind }) => kind === "diagonal"), "a residual connection or a depthwise layer");
  assert.ok(
    blocks.some(({ from, to }) => [from, to].some(({ layers, indices }) => layers.length > 1 || indices)),
  );
});

for (const [name, [build, side, settings]] of Object.entries(READERS)) {
  Deno.test(`${name}: blocks give what an edge list gives, one message at a time`, async () => {
    const net = metanetworkFor(build(), { layers: 2, hidden: 6, ratio: .5, seed: 5, ...settings });
    const graph = metaGraph(build(), { layout: net.settings.layout });
    const outputs = await runModel(metanetworkModel(net, graph), featureFeeds(graph));
    const expected = onEdgeList(graph, net);
    const found = (kind: string, parts: readonly unknown[]) =>
      parts.flatMap((_, i) => numbersOf(outputs[`${kind}.${i}.next`]!));
    assertClose(found("nodes", graph.layers), expected.nodes, REORDERED_FLOAT32, "nodes");
    assertClose(found("edges", graph.blocks), expected.edges, REORDERED_FLOAT32, "edges");
  });

  Deno.test(`${name}: the way back inside a graph is the way back outside, and the changed network computes with it`, async () => {
    const model = build();
    const net = metanetworkFor(model, { layers: 1, hidden: 4, ratio: .3, seed: 6, ...settings });
    const changed = await applyMetanetwork(model, net);
    const meta = metaStep(model, net);
    const random = seededRandom(7);
    const input = float32(Array.from({ length: 2 * 3 * side ** 2 }, () => random.normal()), [
      2,
      3,
      side,
      side,
    ]);
    const outputs = await runModel(meta.model, { input, ...meta.feeds(model) });
    const names = meta.model.graph.outputs.slice(1);
    const scale = names.find((name) => /(norm|bn\d)\.weight$/.test(name));
    assert.ok(scale && !names.some((name) => /running_/.test(name)), `${names}`);
    for (const name of names) {
      const own = changed.graph.initializers.get(name) as Tensor;
      assertClose(numbersOf(outputs[name]!), numbersOf(own), REORDERED_FLOAT32, name);
      assert.notDeepEqual(numbersOf(own), numbersOf(model.graph.initializers.get(name) as Tensor), name);
    }
    const { logits } = await runModel(changed, { input });
    assertClose(numbersOf(outputs.logits!), numbersOf(logits!), REORDERED_FLOAT32, "logits");
    for (const part of ["running_mean", "running_var"]) {
      const statistic = scale.replace(/weight$/, part);
      const [now, before] = [changed, model].map(({ graph }) => graph.initializers.get(statistic));
      assert.ok(before && now === before, `${statistic} stays`);
    }
  });
}
