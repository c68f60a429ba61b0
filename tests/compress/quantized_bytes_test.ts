import assert from "node:assert/strict";
import { quantizedBytes } from "../../lib/compress/quantized_bytes.ts";
import { mlp } from "../../lib/nn/mlp.ts";

Deno.test("whole numbers, scales and what stays float add up, counted by hand", () => {
  // Weights of 3 · 5 and 5 · 2, biases of 5 and 2.
  const model = mlp({ sizes: [3, 5, 2], seed: 0 });
  assert.deepEqual(quantizedBytes(model, { bits: 8, per: "row" }), {
    integers: 25,
    scales: 4 * (5 + 2),
    floats: 4 * 7,
    total: 25 + 28 + 28,
    unquantized: 4 * 32,
  });
  const { integers, scales } = quantizedBytes(model, { bits: 3 });
  assert.deepEqual([integers, scales], [Math.ceil(45 / 8) + Math.ceil(30 / 8), 8]);
});
