import assert from "node:assert/strict";
import { loadModel } from "../../lib/io/load_model.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { layerNorm } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import {
  type ElementId,
  elementsOf,
  keptOf,
  maskElements,
  removeElements,
  transformerOf,
} from "../../lib/transformer/mod.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { configured, feedsFor, network, NETWORKS, plain, plainFeeds, shaken, someOf } from "./networks.ts";
import { distance, logitsOf } from "./logits.ts";

for (const name of NETWORKS) {
  Deno.test(`Removed computes what masked does, to 1e-5, whatever goes: ${name}`, async () => {
    const model = await network(name);
    const feeds = feedsFor(model);
    const elements = elementsOf(transformerOf(model, { groups: 6 }));
    const whole = await logitsOf(model, feeds);
    const parts = elements.filter((id) => id.includes(".head.") || id.includes(".group."));
    const random = seededRandom(0, name);
    const choices = [
      ...[0.1, 0.3, 0.6].flatMap((probability) =>
        [elements, parts].map((from) => someOf(from, probability, random))
      ),
      parts,
      elements,
      elements.filter((id) => id.startsWith("hard-")),
      ["attention.0", "feed-forward.0"],
      ["attention.1", "feed-forward.1"],
    ] as ElementId[][];
    for (const [i, removed] of choices.entries()) {
      const configuration = configured(removed, i % 2 === 0);
      const masked = await logitsOf(maskElements(model, configuration), feeds);
      const smaller = removeElements(model, configuration);
      const found = distance(masked, await logitsOf(smaller, feeds));
      assert.ok(found <= 1e-5, `${removed}: ${found}`);
      assert.ok(distance(masked, whole) > 1e-3 || removed.length === 0, `${removed} changes nothing`);
      const again = await loadModel(smaller.toOnnx());
      assert.deepEqual(await logitsOf(again, feeds), await logitsOf(smaller, feeds));
      assert.deepEqual(keptOf(again), keptOf(smaller));
    }
  });
}

/** Every kind of element by itself, and some together. */
const PLAIN_CHOICES: readonly ElementId[][] = [
  ["attention.0.head.1", "feed-forward.0.group.0", "feed-forward.0.group.4"],
  ["attention.0.head.0", "attention.0.head.1"],
  ["attention.0"],
  ["feed-forward.0"],
  ["hard-attention.0"],
  ["hard-attention.0", "attention.0.head.0", "feed-forward.0.group.2"],
];

for (const opset of [11, 12, 13, 14, 15, 16, 18, 20]) {
  Deno.test(`Removed and masked load and agree in a model of operator set ${opset}`, async () => {
    const model = plain({ opset });
    const feeds = plainFeeds();
    const whole = await logitsOf(model, feeds);
    for (const [i, removed] of PLAIN_CHOICES.entries()) {
      const configuration = configured(removed, i % 2 === 0);
      const masked = await logitsOf(maskElements(model, configuration), feeds);
      const smaller = removeElements(model, configuration);
      assert.ok(distance(masked, await logitsOf(smaller, feeds)) <= 1e-5, `${removed}`);
      assert.ok(distance(masked, whole) > 1e-3, `${removed} changes nothing`);
      const hard = removed.some((id) => id.startsWith("hard-"));
      assert.equal(smaller.info.opsets[""], hard ? Math.max(opset, 13) : opset);
    }
  });
}

for (const [type, close] of [["float16", 2e-2], ["float64", 1e-5]] as const) {
  Deno.test(`Removed and masked load and agree in a model of ${type}`, async () => {
    const model = plain({ type });
    const [feeds, exact] = [plainFeeds(), plain()];
    for (const [i, removed] of PLAIN_CHOICES.entries()) {
      const configuration = configured(removed, i % 2 === 0);
      const expected = await logitsOf(maskElements(exact, configuration), feeds);
      for (const made of [maskElements(model, configuration), removeElements(model, configuration)]) {
        const found = distance(await logitsOf(made, feeds), expected);
        assert.ok(found <= close, `${removed}: ${found}`);
      }
    }
  });
}

Deno.test("A block that is gone still costs its norm: two in a row are not one", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1, 8]);
  const once = layerNorm(g, x, { name: "first", features: 8 });
  g.output(once, "once");
  g.output(layerNorm(g, once, { name: "second", features: 8 }), "twice");
  const { once: one, twice } = await runModel(shaken(g.model()), {
    x: float32([1, 2, 3, 4, 5, 6, 7, 9], [1, 8]),
  });
  assert.ok(distance([...one!.data as Float32Array], [...twice!.data as Float32Array]) > 1e-2);
  const smaller = removeElements(
    await network("our bert"),
    configured(["attention.0", "feed-forward.0", "attention.1", "feed-forward.1"]),
  );
  assert.equal(smaller.graph.nodes.filter(({ op }) => op === "LayerNormalization").length, 5);
  assert.ok(!smaller.graph.nodes.some(({ op }) => op === "Softmax"));
});
