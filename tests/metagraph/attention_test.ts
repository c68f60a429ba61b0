import assert from "node:assert/strict";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { isBlockUse } from "../../lib/metagraph/read_blocks.ts";
import { vit } from "../../lib/nn/vit.ts";

const numbers = (tensor: Tensor | undefined) => Array.from(tensor!.data as Float32Array);

Deno.test("query, key and value of one weight are three taps of an edge, and their biases slots of a node", () => {
  const model = vit({ image: 8, patch: 4, layers: 1, heads: 2, hidden: 4, mlp: 6, classes: 3 });
  const { initializers } = model.graph;
  const bias = initializers.get("encoder.layers.encoder_layer_0.self_attention.in_proj_bias") as Tensor;
  (bias.data as Float32Array).forEach((_, i, all) => all[i] = i + 1);
  const graph = metaGraph(model, { layout: "published" });
  const weight = initializers.get("encoder.layers.encoder_layer_0.self_attention.in_proj_weight") as Tensor;
  const block = graph.blocks.find(({ name }) => /in_proj_weight/.test(name))!;
  assert.deepEqual(block.features.dims, [4, 4, 3]);
  // Row o of part p is row 4·p + o of the weight.
  const expected = Array.from(
    { length: 48 },
    (_, i) => weight.data[(4 * (i % 3) + Math.floor(i / 12)) * 4 + Math.floor(i / 3) % 4],
  );
  assert.deepEqual(numbers(block.features), expected);
  const { features, headSize } = graph.layers[block.to.layers[0]!]!;
  assert.deepEqual(numbers(features), [0, 1, 2, 3].flatMap((o) => [0, 0, 0, o + 1, o + 5, o + 9]));
  assert.equal(headSize, 2);
  assert.deepEqual(graph.manifest.get("class_token"), {
    state: "passed",
    why: "the published layout has no slot for it",
  });
  const held = graph.manifest.get(block.name)!;
  assert.ok(held.state === "carried" && held.uses.every(isBlockUse));
});
