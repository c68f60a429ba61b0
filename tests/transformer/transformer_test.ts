import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { tensorOf } from "../../lib/tensor/tensor.ts";
import { elementsOf, transformerOf } from "../../lib/transformer/transformer.ts";
import { network, NETWORKS } from "./networks.ts";

for (const name of NETWORKS) {
  Deno.test(`every column of a block's projection is of one of its parts, as even as can be: ${name}`, async () => {
    const { blocks } = transformerOf(await network(name), { groups: 5 });
    assert.deepEqual(
      blocks.map(({ id }) => id),
      [0, 1].flatMap((layer) => [`attention.${layer}`, `feed-forward.${layer}`]),
    );
    for (const { kind, parts, partOf, width } of blocks) {
      assert.equal(parts, kind === "attention" ? 4 : 5);
      const counts = Array.from({ length: parts }, (_, part) => partOf.filter((of) => of === part).length);
      assert.equal(counts.reduce((a, b) => a + b), width);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
    }
  });
}

Deno.test("elements are blocks, their parts, and switches of attention, each named once", async () => {
  const elements = elementsOf(transformerOf(await network("our bert"), { groups: 3 }));
  assert.equal(new Set(elements).size, elements.length);
  assert.equal(elements.length, 2 * (1 + 1 + 4) + 2 * (1 + 3));
  await assert.rejects(
    async () => transformerOf(await network("our bert"), { groups: 0 }),
    /with groups 0: expected/,
  );
});

Deno.test("of a network that computes with whole numbers the reason is told", () => {
  const g = new GraphBuilder();
  const [codes, scale, zero] = g.node("DynamicQuantizeLinear", [g.input("x", "float32", ["N", 4])], {}, {
    outputs: 3,
  });
  const weight = g.constant(tensorOf("int8", new Int8Array(16).fill(1), [4, 4]));
  const sums = g.node("MatMulInteger", [codes!, weight, zero!])[0]!;
  g.output(g.mul(g.cast(sums, "float32"), scale!), "y");
  assert.throws(
    () => transformerOf(g.model()),
    /^TypeError: Cannot find a transformer .*; its layers compute with whole numbers, .* before it was quantized/,
  );
});
