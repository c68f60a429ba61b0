import assert from "node:assert/strict";
import { seededRandom } from "../../../lib/random.ts";
import { issP } from "../../../lib/sparse/methods/iss_p.ts";
import { stays } from "../../../lib/sparse/mask_bits.ts";
import type { SparseLayer } from "../../../lib/sparse/method.ts";
import { suggestAlpha } from "../../../lib/sparse/methods/suggest_alpha.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { sparseLayer } from "../layers.ts";
import { lowSet } from "../reference.ts";

const run = { step: 0, pruningSteps: 100, rate: 2e-3, highestRate: 2e-3, seed: 0 };

function layer(name: string, dims: number[]): SparseLayer {
  const random = seededRandom(5, name);
  const size = dims.reduce((a, b) => a * b);
  return sparseLayer(name, dims, Float32Array.from({ length: size }, () => random.normal(0, 0.05)));
}

Deno.test("100 steps choose the very sets that a plain float64 reference chooses", async () => {
  let changes = 0;
  for (const [alpha, sparsity] of [[0.99, 0.9], [0.95, 0.95], [0.5, 0.99], [0, 0.9]] as const) {
    const layers = [layer("a", [12, 1, 3, 3]), layer("b", [12, 12, 3, 3]), layer("c", [5, 7])];
    const expected = layers.map(({ weights }) => Float64Array.from(weights));
    const method = issP({ alpha, sparsity });
    const plan = method.before!(layers, run);
    const random = seededRandom(6);
    for (let step = 1; step <= 100; step++) {
      for (const [i, { weights }] of layers.entries()) {
        // Something like the steps of Adam.
        const moves = Float32Array.from(weights, () => 0.01 * random.normal());
        const before = lowSet(expected[i]!, sparsity).join();
        moves.forEach((move, j) => {
          weights[j]! += move;
          expected[i]![j]! += move;
        });
        const low = lowSet(expected[i]!, sparsity);
        changes += Number(low.join() !== before);
        for (const j of low) expected[i]![j]! *= alpha;
      }
      await method.afterStep!(layers, { ...run, step }, plan);
      const masks = await method.freeze(layers, { ...run, step }, plan);
      for (const [i, { name, weights }] of layers.entries()) {
        const kept = Array.from(weights.keys()).filter((j) => stays(masks[name]!, j));
        const low = new Set(lowSet(expected[i]!, sparsity));
        assert.deepEqual(
          kept,
          Array.from(weights.keys()).filter((j) => !low.has(j)),
          `step ${step}, ${name}`,
        );
        assertClose(weights, expected[i]!, REORDERED_FLOAT32);
      }
    }
  }
  assert.ok(changes > 300, `the sets changed only ${changes} times`);
});

Deno.test("without alpha each layer gets the one suggested for its threshold", () => {
  const layers = [layer("a", [40, 50])];
  const [alpha] = issP().before!(layers, run);
  const sorted = Float64Array.from(layers[0]!.weights, Math.abs).sort();
  assert.equal(alpha, suggestAlpha(100, 2e-3, sorted[1800]!));
  const zeros = [sparseLayer("a", [40, 50], new Float32Array(2000))];
  assert.deepEqual(issP().before!(zeros, run), [1]);
  assert.deepEqual(issP().before!(layers, { ...run, rate: 0 }), [alpha], "a warm-up begins at 0");
});

Deno.test("the suggested alpha keeps weights of the low set within reach of the threshold", () => {
  for (const horizon of [10, 100, 700, 1e4, 1e6]) {
    for (const rate of [1e-4, 2e-3, 0.1]) {
      for (const threshold of [1e-3, 0.04, 1]) {
        const alpha = suggestAlpha(horizon, rate, threshold);
        const reach = alpha * rate / (1 - alpha) / threshold;
        assert.ok(reach > 0.3 - 1e-9 && reach < 5 + 1e-9, `reach ${reach}`);
      }
    }
  }
  assert.throws(() => suggestAlpha(0, 1e-3, 0.1), {
    name: "RangeError",
    message: "Cannot suggest α with horizon 0: expected a number above 0",
  });
});
