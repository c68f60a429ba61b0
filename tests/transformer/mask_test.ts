import assert from "node:assert/strict";
import type { Model } from "../../lib/onnx/model.ts";
import { type ElementId, maskElements } from "../../lib/transformer/mod.ts";
import { configured, edited, feedsFor, network } from "./networks.ts";
import { distance, layer, logitsOf } from "./logits.ts";

Deno.test("Masks are what zeros in the weights by hand are: heads, groups, blocks with their bias", async () => {
  const model = await network("our bert");
  const feeds = feedsFor(model);
  const zeroed = (weights: RegExp, gone: (row: number, column: number) => boolean) =>
    edited(model, (name, data, dims) => {
      if (!weights.test(name)) return;
      const columns = dims.at(-1)!;
      data.forEach((_, i) => {
        if (gone(Math.floor(i / columns), i % columns)) data[i] = 0;
      });
    });
  const cases: [ElementId, Model][] = [
    // The released code's way: query, key and value after the bias are zero.
    [
      "attention.1.head.2",
      edited(model, (name, data, dims) => {
        if (!name.startsWith(`${layer(1)}.attention.self.`)) return;
        data.forEach((_, i) => {
          const row = dims.length === 1 ? i : Math.floor(i / dims[1]!);
          if (row >= 8 && row < 12) data[i] = 0;
        });
      }),
    ],
    ["feed-forward.0.group.5", zeroed(/layer\.0\.output\.dense\.weight/, (_, column) => column >= 20)],
    ["feed-forward.1", zeroed(/layer\.1\.output\.dense\./, () => true)],
    ["attention.0", zeroed(/layer\.0\.attention\.output\.dense\./, () => true)],
  ];
  for (const [element, byHand] of cases) {
    const found = distance(
      await logitsOf(maskElements(model, configured([element])), feeds),
      await logitsOf(byHand, feeds),
    );
    assert.ok(found <= 1e-6, `${element}: ${found}`);
  }
});

Deno.test("All heads one by one are not the block: the output bias stays; so it is with all groups", async () => {
  const model = await network("our bert");
  const feeds = feedsFor(model);
  for (
    const [block, parts, bias] of [
      ["attention.1", [0, 1, 2, 3].map((i) => `attention.1.head.${i}`), "attention.output.dense.bias"],
      ["feed-forward.1", [0, 1, 2, 3, 4, 5].map((i) => `feed-forward.1.group.${i}`), "output.dense.bias"],
    ] as [ElementId, ElementId[], string][]
  ) {
    const whole = await logitsOf(maskElements(model, configured([block])), feeds);
    const oneByOne = await logitsOf(maskElements(model, configured(parts)), feeds);
    assert.ok(distance(whole, oneByOne) > 1e-3);
    // Without that bias they are the same.
    const unbiased = edited(model, (name, data) => void (name === `${layer(1)}.${bias}` && data.fill(0)));
    const both = [configured([block]), configured(parts)].map((each) => maskElements(unbiased, each));
    assert.ok(distance(await logitsOf(both[0]!, feeds), await logitsOf(both[1]!, feeds)) <= 1e-6);
  }
});
