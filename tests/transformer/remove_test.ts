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
import { configured, feedsFor, network, NETWORKS, shaken, someOf } from "./networks.ts";
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
