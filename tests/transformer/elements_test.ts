import assert from "node:assert/strict";
import { inOrder, parseElement } from "../../lib/transformer/elements.ts";
import { maskElements, transformerOf } from "../../lib/transformer/mod.ts";
import { configured, network } from "./networks.ts";

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
  const absent = ["attention.1", "hard-attention.1", "hard-attention.0", "attention.1.head.0"] as const;
  assert.deepEqual(inOrder(absent), ["hard-attention.0", "attention.1"]);
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
    /^RangeError: Cannot mask with hard attention of k = 0: expected a whole number from 1, or a list/,
  );
  assert.throws(
    () => transformerOf(model, { groups: 0 }),
    /^RangeError: Cannot divide neurons with groups 0: expected a whole number from 1/,
  );
});
