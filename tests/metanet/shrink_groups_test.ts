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
  // What is strongest and weakest stays so, and so do its γ on all the way: 1 and alpha.
  const [strong, weak] = [Math.exp(-0.5), Math.exp(-0.5 * 4)];
  assertClose(numbers("0.weight"), [3 * strong, -strong, 0.5 * weak, 0.2 * weak], REORDERED_FLOAT32);
  assertClose(
    numbers("2.weight"),
    [strong, 0.3 * weak, -2 * strong, 0.1 * weak, strong, 0.2 * weak],
    REORDERED_FLOAT32,
  );
  assert.deepEqual(numbers("0.bias"), numbersOf(float32([0.7, -0.7])));
});

Deno.test("however far, no weight turns its sign, and farther means smaller, between two groups as well", async () => {
  const model = mlp({ sizes: [16, 16, 16, 4], seed: 1 });
  const weights = async (distance: number) => {
    const { graph } = await shrinkGroups(model, { distance });
    return numbersOf(graph.initializers.get("2.weight") as Tensor);
  };
  let before = numbersOf(model.graph.initializers.get("2.weight") as Tensor);
  for (const distance of [0.2, 0.4, 0.8, 1.5]) {
    const now = await weights(distance);
    now.forEach((weight, i) => {
      assert.ok(weight * before[i]! >= 0 && Math.abs(weight) <= Math.abs(before[i]!), `${distance}: ${i}`);
    });
    before = now;
  }
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
