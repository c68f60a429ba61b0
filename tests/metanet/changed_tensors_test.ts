import assert from "node:assert/strict";
import { changedTensors } from "../../lib/metanet/changed_tensors.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vit } from "../../lib/nn/vit.ts";

Deno.test("weights, scales and biases may change; statistics of norms and what the graph passes on may not", () => {
  const resnet = resnetCifar({ depth: 20, widths: [2, 3, 4] });
  const floats = [...resnet.graph.initializers].filter(([, { type, dims }]) =>
    type === "float32" && dims.length > 0
  ).map(([name]) => name);
  const changed = changedTensors(resnet, metaGraph(resnet));
  assert.deepEqual(changed.toSorted(), floats.filter((name) => !/running_/.test(name)).sort());
  const model = vit({ image: 8, patch: 4, layers: 1, heads: 2, hidden: 4, mlp: 6, classes: 3 });
  assert.ok(changedTensors(model, metaGraph(model)).includes("class_token"));
  assert.ok(!changedTensors(model, metaGraph(model, { layout: "published" })).includes("class_token"));
});
