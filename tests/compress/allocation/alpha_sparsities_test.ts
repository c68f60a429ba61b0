import assert from "node:assert/strict";
import { tailExponent } from "../../../lib/compress/allocation/alpha_sparsities.ts";
import { alphaSparsities } from "../../../lib/compress/mod.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { assertClose } from "../../close.ts";

Deno.test("alphaSparsities: a power law's exponent is found, and the mean sparsity is as asked", () => {
  const n = 4000;
  // Quantiles of a density proportional to x^−α from 1 on.
  for (const alpha of [2.2, 3.5]) {
    const values = Float64Array.from({ length: n }, (_, i) => (1 - (i + 0.5) / n) ** (1 / (1 - alpha)));
    assert.ok(Math.abs(tailExponent(values) - alpha) < 0.1, `${tailExponent(values)}`);
  }
  const sizes = [30, 60, 50, 40, 10];
  for (const sparsity of [0, 0.5, 0.9]) {
    const found = alphaSparsities(mlp({ sizes, seed: 3 }), sparsity, { epsilon: 0.3 });
    const weights = Object.keys(found).map((_, i) => sizes[i]! * sizes[i + 1]!);
    const gone = Object.values(found).reduce((sum, own, i) => sum + own * weights[i]!, 0);
    assertClose([gone / weights.reduce((a, b) => a + b)], [sparsity], { absolute: 1e-12, relative: 1e-12 });
    assert.ok(Math.max(...Object.values(found)) <= 0.99);
    if (sparsity > 0) assert.ok(Math.max(...Object.values(found)) > Math.min(...Object.values(found)) + 0.05);
  }
  assert.throws(() => alphaSparsities(mlp({ sizes }), 1), /Cannot spread a sparsity of 1/);
});
