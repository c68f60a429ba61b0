import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { reinitialized } from "../../../lib/papers/meta_pruning/reinitialized.ts";
import { numbersOf } from "../../../lib/tensor/tensor.ts";

Deno.test("weights are drawn again as PyTorch draws them, and norms are as new; shapes stay", () => {
  const model = resnetCifar({ depth: 20, widths: [4, 8, 8], seed: 1 });
  const fresh = reinitialized(model, 5);
  const [before, after] = [weightsOf(model), weightsOf(fresh)];
  assert.deepEqual(
    after.map(({ name, tensor }) => [name, tensor.dims]),
    before.map(({ name, tensor }) => [name, tensor.dims]),
  );
  for (const [i, { name, role, tensor }] of after.entries()) {
    const values = numbersOf(tensor);
    if (role === "weight") {
      const bound = 1 / Math.sqrt(tensor.dims.slice(1).reduce((a, b) => a * b, 1));
      assert.ok(values.every((value) => Math.abs(value) <= bound), name);
      // Uniform within ±bound: a variance of a third of its square.
      const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      assert.ok(Math.abs(variance / (bound ** 2 / 3) - 1) < 5 / Math.sqrt(values.length), name);
      assert.notDeepEqual(values, numbersOf(before[i]!.tensor));
    } else {
      const one = role === "scale" || /running_var/.test(name);
      assert.ok(values.every((value) => value === Number(one)), `${name}, ${role}`);
    }
  }
  assert.deepEqual(reinitialized(model, 5).toOnnx(), fresh.toOnnx());
  assert.notDeepEqual(reinitialized(model, 6).toOnnx(), fresh.toOnnx());
});
