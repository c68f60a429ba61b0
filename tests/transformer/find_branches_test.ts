import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { layerNorm } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { elementsOf, removeElements, transformerOf } from "../../lib/transformer/mod.ts";
import { built } from "./built.ts";
import { configured, network, NETWORKS } from "./networks.ts";

for (const name of NETWORKS) {
  Deno.test(`Heads, neurons and blocks are found: ${name}`, async () => {
    const transformer = transformerOf(await network(name), { groups: 6 });
    const found = transformer.blocks.map(({ id, parts, width, headWidth }) => [id, parts, width, headWidth]);
    assert.deepEqual(found, [
      ["attention.0", 4, 16, 4],
      ["feed-forward.0", 6, 24, undefined],
      ["attention.1", 4, 16, 4],
      ["feed-forward.1", 6, 24, undefined],
    ]);
    for (const { partOf, parts } of transformer.blocks) {
      const sizes = Array.from({ length: parts }, (_, part) => partOf.filter((each) => each === part).length);
      assert.deepEqual(new Set(sizes), new Set([4]));
      assert.deepEqual([...partOf], [...partOf].sort((a, b) => a - b));
    }
    assert.equal(elementsOf(transformer).length, 2 * (1 + 1 + 4 + 1 + 6));
  });
}

Deno.test("Neurons that groups do not divide are divided as even as can be, and no group is empty", async () => {
  const model = await network("our bert");
  for (const groups of [1, 5, 7, 24, 100]) {
    const { parts, partOf } = transformerOf(model, { groups }).blocks[1]!;
    assert.equal(parts, Math.min(groups, 24));
    const sizes = Array.from({ length: parts }, (_, part) => partOf.filter((each) => each === part).length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${sizes}`);
  }
});

Deno.test("A network without attention or feed-forward blocks is refused in a sentence", () => {
  for (const model of [mlp({ sizes: [4, 8, 2] }), resnetCifar({ depth: 20 })]) {
    assert.throws(
      () => transformerOf(model),
      /^TypeError: Cannot find a transformer in model ".*": no addition/,
    );
  }
});

Deno.test("Heads of one operator for attention are found, and one head alone is no heads", () => {
  for (const joined of [true, false]) {
    for (const [heads, keys] of [[4, 4], [4, 2], [1, 1], [4, 1]] as const) {
      const g = new GraphBuilder("fused", { "": 23 });
      const x = g.input("x", "float32", ["batch", "length", 8]);
      const dense = (x: string, name: string, from: number, to: number) =>
        g.matMul(x, g.parameter(name, float32(new Float32Array(from * to), [from, to])));
      const split = (x: string, count: number) =>
        joined ? x : g.transpose(g.reshape(x, [0, 0, count, 3]), [0, 2, 1, 3]);
      const inputs = ["query", "key", "value"].map((name, i) => {
        const count = i === 0 ? heads : keys;
        return split(dense(x, name, 8, 3 * count), count);
      });
      const counts = joined ? { q_num_heads: heads, kv_num_heads: keys } : {};
      const mixed = g.node("Attention", inputs, counts)[0]!;
      const side = joined ? mixed : g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [0, 0, 3 * heads]);
      const sum = g.add(x, dense(side, "output", 3 * heads, 8));
      g.output(layerNorm(g, sum, { name: "norm", features: 8 }), "y");
      const [block] = transformerOf(g.model()).blocks;
      assert.deepEqual([block!.headWidth, block!.parts], [3, keys], `${joined} ${heads} ${keys}`);
    }
  }
});

Deno.test("Attention that is hard already may lose heads, and is not made hard again", async () => {
  for (const model of [await network("bert_script"), await network("bert_dynamo"), built({})]) {
    const smaller = removeElements(model, configured(["hard-attention.0"]));
    const transformer = transformerOf(smaller);
    assert.deepEqual(
      transformer.blocks.map(({ kind, parts, product }) => [kind, kind === "attention" && parts, !!product]),
      [["attention", 4, false], ["feed-forward", false, false], ["attention", 4, true], [
        "feed-forward",
        false,
        false,
      ]],
    );
    assert.deepEqual(elementsOf(transformer).filter((id) => id.startsWith("hard-")), ["hard-attention.1"]);
    assert.throws(
      () => removeElements(smaller, configured(["hard-attention.0"])),
      /^RangeError: Cannot remove "hard-attention.0": .* or its attention is hard already/,
    );
  }
});
