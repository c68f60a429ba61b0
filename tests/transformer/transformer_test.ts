import assert from "node:assert/strict";
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
  await assert.rejects(async () => transformerOf(await network("our bert"), { groups: 0 }), /into 0 groups/);
});
