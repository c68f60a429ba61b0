import assert from "node:assert/strict";
import { shrinkGroups } from "../../lib/metanet/shrink_groups.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

Deno.test("of two channels the strong one shrinks once, the weak one alpha times as fast", async () => {
  const model = mlp({ sizes: [2, 2, 3], seed: 1 });
  const stored = new Map(model.graph.initializers);
  stored.set("0.weight", float32([3, -1, 0.5, 0.2], [2, 2])); // the second channel is the weak one
  stored.set("2.weight", float32([1, 0.3, -2, 0.1, 1, 0.2], [3, 2]));
  stored.set("0.bias", float32([0.7, -0.7]));
  const small = await shrinkGroups(model.withGraph({ ...model.graph, initializers: stored }), {
    distance: 0.5,
    alpha: 4,
  });
  const numbers = (name: string) => numbersOf(small.graph.initializers.get(name) as Tensor);
  // Ten steps, each of which takes γ/20 of what is there.
  const [strong, weak] = [(1 - 1 / 20) ** 10, (1 - 4 / 20) ** 10];
  assertClose(numbers("0.weight"), [3 * strong, -strong, 0.5 * weak, 0.2 * weak], REORDERED_FLOAT32);
  assertClose(
    numbers("2.weight"),
    [strong, 0.3 * weak, -2 * strong, 0.1 * weak, strong, 0.2 * weak],
    REORDERED_FLOAT32,
  );
  assert.deepEqual(numbers("0.bias"), numbersOf(float32([0.7, -0.7])));
});

Deno.test("a distance below 0 and an alpha below 1 are refused", async () => {
  const model = mlp({ sizes: [2, 2, 3], seed: 1 });
  for (const distance of [-1, NaN, Infinity]) {
    await assert.rejects(shrinkGroups(model, { distance }), {
      name: "RangeError",
      message: `Cannot shrink groups with distance ${distance}: expected a number from 0`,
    });
  }
  for (const alpha of [0, NaN]) {
    await assert.rejects(shrinkGroups(model, { distance: 1, alpha }), {
      name: "RangeError",
      message: `Cannot shrink groups with alpha ${alpha}: expected a number from 1`,
    });
  }
});
