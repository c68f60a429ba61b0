import assert from "node:assert/strict";
import { floatTensor } from "../../lib/tensor/float_tensor.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { axSearch, crossEntropies } from "../../lib/transformer/mod.ts";
import { encoder, examples, GROUPS } from "./search/small_encoder.ts";

Deno.test("Cross entropies of examples are those of float64, and regression has squared errors", async () => {
  const { losses, predictions } = crossEntropies({ logits: float32([2, -1, 0, 50, 300, -300], [3, 2]) }, {
    labels: int64([0, 0, 1]),
  });
  const expected = [Math.log1p(Math.exp(-3)), 50, 600];
  losses.forEach((loss, i) => assert.ok(Math.abs(loss - expected[i]!) < 1e-6));
  assert.deepEqual(predictions, [0, 1, 0]);
  const data = await examples(20);
  const regression = {
    ...data,
    targets: { expected: float32(Array.from({ length: 20 }, (_, i) => i / 20)) },
  };
  const { before, after, alarm } = await axSearch(encoder({ classes: 1 }), regression, { groups: GROUPS });
  assert.ok(after.loss <= before.loss);
  assert.deepEqual([before.score, alarm], [undefined, undefined]);
});

Deno.test("Logits of halves and of doubles have losses too, a large one exactly", () => {
  for (const type of ["float16", "float64"] as const) {
    const logits = floatTensor(type, [2, -1, 0, 50, 300, -300], [3, 2]) as Tensor;
    const { losses, predictions } = crossEntropies({ logits }, { labels: int64([0, 0, 1]) });
    [Math.log1p(Math.exp(-3)), 50, 600].forEach((loss, i) =>
      assert.ok(Math.abs(loss - losses[i]!) < 1e-6, type)
    );
    assert.deepEqual(predictions, [0, 1, 0]);
  }
});
