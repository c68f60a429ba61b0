import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { inOrder, parseElement } from "../../lib/transformer/elements.ts";
import {
  elementsOf,
  fromFiveLists,
  maskElements,
  toFiveLists,
  transformerOf,
} from "../../lib/transformer/mod.ts";
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

Deno.test("Names of elements are read, put in order, and refused where they are none", async () => {
  assert.deepEqual(parseElement("feed-forward.2.group.11"), { kind: "feed-forward", layer: 2, part: 11 });
  assert.deepEqual(parseElement("hard-attention.3"), { kind: "hard-attention", layer: 3, part: undefined });
  for (
    const wrong of [
      "attention",
      "attention.x",
      "attention.1.group.0",
      "feed-forward.1.head.0",
      "hard-attention.1.head.0",
    ]
  ) {
    assert.throws(
      () => parseElement(wrong),
      /^SyntaxError: Cannot read element ".*": expected a name such as/,
    );
  }
  const mixed = [
    "feed-forward.1",
    "attention.1.head.10",
    "attention.1.head.9",
    "hard-attention.1",
    "feed-forward.1.group.2",
  ] as const;
  assert.deepEqual(inOrder(mixed), [
    "hard-attention.1",
    "attention.1.head.9",
    "attention.1.head.10",
    "feed-forward.1",
  ]);
  const model = await network("our bert");
  assert.throws(
    () => maskElements(model, configured(["attention.0.head.4"])),
    /^RangeError: Cannot mask "attention.0.head.4": the block has 4 parts that can leave/,
  );
  assert.throws(
    () => maskElements(model, configured(["attention.2"])),
    /^RangeError: Cannot mask "attention.2": the transformer has 2 layers/,
  );
  assert.throws(
    () => maskElements(model, { ...configured([]), k: 0 }),
    /^RangeError: Cannot mask with hard attention of k = 0: expected a whole number from 1$/,
  );
  assert.throws(
    () => transformerOf(model, { groups: 0 }),
    /^RangeError: Cannot divide neurons into 0 groups/,
  );
});

Deno.test("The authors' five lists are written and read, and refused where they are none", async () => {
  const transformer = transformerOf(await network("bert_script"), { groups: 6 });
  const configuration = configured([
    "hard-attention.0",
    "attention.0.head.1",
    "feed-forward.0",
    "attention.1",
    "feed-forward.1.group.5",
  ]);
  const lists = toFiveLists(transformer, configuration);
  assert.deepEqual(lists, {
    hard_attn: [0],
    ffn_prune: [0],
    attn_prune: [1],
    ffn_approx: [[], [5]],
    attn_approx: [[1], []],
  });
  assert.deepEqual(fromFiveLists(transformer, JSON.parse(JSON.stringify(lists)), { k: 3 }), configuration);
  assert.throws(
    () => fromFiveLists(transformer, { ...lists, attn_approx: [1] as unknown as number[][] }),
    /^SyntaxError: Cannot read five lists: expected "attn_approx" to be a list of parts for each layer, found \[1\]$/,
  );
  assert.throws(
    () => fromFiveLists(transformer, { ...lists, hard_attn: undefined as unknown as number[] }),
    /^SyntaxError: Cannot read five lists: expected "hard_attn" to be a list of layers/,
  );
  assert.throws(
    () => fromFiveLists(transformer, { ...lists, ffn_prune: [7] }),
    /^RangeError: Cannot read five lists with "feed-forward.7": the transformer has 2 layers/,
  );
});
