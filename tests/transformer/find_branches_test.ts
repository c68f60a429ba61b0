import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { elementsOf, transformerOf } from "../../lib/transformer/mod.ts";
import { network, NETWORKS } from "./networks.ts";

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
