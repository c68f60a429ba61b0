import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

const ACTIVATIONS = {
  relu: (x: number) => Math.max(x, 0),
  silu: (x: number) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
};

for (const [activation, of] of Object.entries(ACTIVATIONS)) {
  Deno.test(`layers are x·Wᵀ + b with ${activation} between them, and none at the end`, async () => {
    const model = mlp({ sizes: [3, 5, 4, 2], activation: activation as "relu", seed: 1 });
    assert.deepEqual([...model.graph.initializers.keys()], [
      "0.weight",
      "0.bias",
      "2.weight",
      "2.bias",
      "4.weight",
      "4.bias",
    ]);
    const stored = (name: string) => numbersOf(model.graph.initializers.get(name) as Tensor);
    let x = [0.5, -1, 2];
    for (const layer of [0, 2, 4]) {
      const [w, b] = [stored(`${layer}.weight`), stored(`${layer}.bias`)];
      const given = layer === 0 ? x : x.map(of);
      x = b.map((bias, o) => given.reduce((sum, value, i) => sum + w[o * given.length + i]! * value, bias));
    }
    const { logits } = await runNative(model, { input: float32([0.5, -1, 2], [1, 3]) });
    assertClose(numbersOf(logits!), x, REORDERED_FLOAT32);
  });
}

Deno.test("sizes that make no network are refused", () => {
  for (const sizes of [[], [3], [3, 0], [3, 2.5], [3, -1, 2]]) {
    assert.throws(() => mlp({ sizes }), {
      name: "RangeError",
      message: /expected whole numbers from 1, at least input and/,
    });
  }
  assert.throws(() => mlp({ sizes: 3 as never }), {
    name: "TypeError",
    message: /with sizes 3: expected a list/,
  });
});
