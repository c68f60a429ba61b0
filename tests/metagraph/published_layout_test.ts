import assert from "node:assert/strict";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import type { MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { resnetImagenet } from "../../lib/nn/resnet_imagenet.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { vit } from "../../lib/nn/vit.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { assertSound } from "./round_trip.ts";

/** Edges by their number of taps. */
function edgesByTaps({ blocks }: MetaGraph): Record<number, number> {
  const edges: Record<number, number> = {};
  for (const { taps, features } of blocks) {
    edges[taps.length] = (edges[taps.length] ?? 0) + features.size / taps.length;
  }
  return edges;
}

const weights = "zeros";

/** Sizes of unpruned networks, as the published code makes them. */
const PUBLISHED: Record<
  string,
  [build: () => Model, slots: number, nodes: number, edges: Record<number, number>]
> = {
  "ResNet-56": [() => resnetCifar({ depth: 56, shortcut: "B" }), 8, 2_045, { 9: 140_720 }],
  "ResNet-110": [() => resnetCifar({ depth: 110, shortcut: "B" }), 8, 4_061, { 9: 285_872 }],
  "VGG-19": [() => vggBn({ depth: 19, classes: 100, ending: "averaged" }), 5, 5_607, { 9: 2_275_520 }],
  "ResNet-18": [() => resnetImagenet({ depth: 18, classes: 10, weights }), 8, 3_917, {
    49: 192,
    9: 1_220_608,
    1: 178_176,
  }],
  "ResNet-26": [() => resnetImagenet({ depth: 26, classes: 10, weights }), 8, 11_597, {
    49: 192,
    9: 696_320,
    1: 7_663_360,
  }],
  "ResNet-50": [() => resnetImagenet({ depth: 50, weights }), 8, 23_723, {
    49: 192,
    9: 1_257_472,
    1: 14_187_520,
  }],
  "ViT-B/16": [() => vit({ weights }), 6, 66_283, { 256: 2_304, 3: 7_077_888, 1: 64_487_424 }],
};

for (const [name, [build, slots, nodes, edges]] of Object.entries(PUBLISHED)) {
  Deno.test(`${name} in the published layout has the published nodes and edges, and leads back`, () => {
    const model = build();
    const graph = metaGraph(model, { layout: "published" });
    assertSound(graph, name);
    assert.equal(graph.nodes, nodes);
    assert.deepEqual(edgesByTaps(graph), edges);
    assert.deepEqual([graph.slots.length, graph.context.length], [slots, 0]);
    assert.equal(fromMetaGraph(model, graph), model);
  });
}

const numbers = (tensor: Tensor | undefined) => Array.from(tensor!.data as Float32Array);

Deno.test("published columns: two norms for the end of a downsampling block, a classifier's bias as its shift", () => {
  const model = resnetCifar({ depth: 20, shortcut: "B", widths: [2, 3, 4] });
  const { initializers } = model.graph;
  // Numbers by which each tensor is known.
  let next = 10;
  for (const tensor of initializers.values()) {
    if (tensor.type === "float32") (tensor as Tensor).data.fill(next++ as never);
  }
  const value = (name: string) => numbers(initializers.get(name) as Tensor)[0]!;
  const { layers } = metaGraph(model, { layout: "published" });
  const end = layers.find(({ name }) => name === "layer2.0.conv2.weight")!;
  const norm = (name: string) =>
    ["weight", "bias", "running_mean", "running_var"].map((part) => value(`${name}.${part}`));
  assert.deepEqual(numbers(end.features).slice(0, 8), [
    ...norm("layer2.0.bn2"),
    ...norm("layer2.0.shortcut.1"),
  ]);
  const inside = layers.find(({ name }) => name === "layer2.0.conv1.weight")!;
  assert.deepEqual(numbers(inside.features).slice(0, 8), [...norm("layer2.0.bn1"), 1, 0, 0, 1]);
  const last = layers.at(-1)!;
  assert.deepEqual(numbers(last.features).slice(0, 8), [1, value("linear.bias"), 0, 1, 1, 0, 0, 1]);
  assert.deepEqual(numbers(layers[0]!.features).slice(0, 8), [1, 0, 0, 1, 1, 0, 0, 1]);
});

Deno.test("published edges: a single tap stands in the centre of nine, an identity is the diagonal of all pairs", () => {
  const model = resnetCifar({ depth: 20, shortcut: "B", widths: [2, 3, 4] });
  const { blocks } = metaGraph(model, { layout: "published" });
  const classifier = blocks.at(-1)!;
  const weight = numbers(model.graph.initializers.get("linear.weight") as Tensor);
  const features = numbers(classifier.features);
  assert.deepEqual(weight, features.filter((_, i) => i % 9 === 4));
  assert.ok(features.every((x, i) => i % 9 === 4 || x === 0));
  const identity = blocks.find(({ role }) => role === "identity")!;
  assert.deepEqual(identity.features.dims, [2, 2, 9]);
  assert.deepEqual(numbers(identity.features).flatMap((x, i) => x === 0 ? [] : [[i, x]]), [[4, 1], [31, 1]]);
});

Deno.test("an identity is there where the graph adds a value, not where widths are equal, and points forward", () => {
  for (const widths of [[3, 5, 7], [4, 4, 4]] as [number, number, number][]) {
    const { layers, blocks } = metaGraph(resnetCifar({ depth: 20, shortcut: "B", widths }), {
      layout: "published",
    });
    const identities = blocks.filter(({ role }) => role === "identity");
    assert.equal(identities.length, 3 + 2 + 2);
    for (const { from, to } of blocks) {
      assert.ok(layers[from.layers[0]!]!.depth < layers[to.layers[0]!]!.depth);
    }
  }
});
