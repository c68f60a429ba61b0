import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { masksOf, nameOfCut } from "../../../lib/papers/meta_pruning/weight_cut.ts";
import { stays } from "../../../lib/sparse/mask_bits.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";

Deno.test("a cut is named by its part, or by its pattern", () => {
  assert.deepEqual([{ sparsity: 0.8 }, { sparsity: 0.9375 }, { n: 2, m: 4 }].map(nameOfCut), [
    "80 %",
    "93.75 %",
    "2:4",
  ]);
});

Deno.test("the smallest of all layers together go, or all but the largest of neighbours", async () => {
  const model = mlp({ sizes: [8, 12, 4], seed: 2 });
  const weights = ["0.weight", "2.weight"].map((name) =>
    [name, numbersOf(model.graph.initializers.get(name) as Tensor).map(Math.abs)] as const
  );
  const smallest = weights.flatMap(([, sizes]) => sizes).sort((a, b) => a - b);
  const threshold = smallest[smallest.length / 4]!;
  const [part, pattern] = [await masksOf(model, { sparsity: 0.25 }), await masksOf(model, { n: 1, m: 4 })];
  for (const [name, sizes] of weights) {
    assert.deepEqual(sizes.map((_, i) => stays(part[name]!, i)), sizes.map((size) => size >= threshold));
    sizes.forEach((size, i) => {
      const group = sizes.slice(i - i % 4, i - i % 4 + 4);
      assert.equal(stays(pattern[name]!, i), size === Math.max(...group));
    });
  }
});
