import assert from "node:assert/strict";
import { ridgeSolution } from "../../../lib/prune/recovery/least_squares.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, REORDERED_FLOAT64 } from "../../close.ts";

/** A · Bᵀ of [m, k] and [n, k]. */
function productOf(a: Float64Array, b: Float64Array, k: number): Float64Array {
  const [m, n] = [a.length / k, b.length / k];
  return Float64Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[at % n * k + i]!;
    return sum;
  });
}

Deno.test("the solution fulfils its normal equations, and finds what made the data where there is no ridge", () => {
  const random = seededRandom(1);
  const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
  for (const n of [1, 7, 70, 130]) {
    const tokens = 2 * n + 5;
    const [x, wanted] = [draw(n * tokens), draw(3 * n)];
    const gram = productOf(x, x, tokens);
    const cross = productOf(wanted, gram, n); // R = Δ · X
    assertClose(ridgeSolution(gram, cross, n, 0), wanted, { absolute: 1e-8, relative: 1e-8 });
    const found = ridgeSolution(gram, cross, n, 0.5);
    const trace = gram.reduce((sum, value, i) => i % (n + 1) === 0 ? sum + value : sum, 0);
    const damped = gram.map((value, i) => i % (n + 1) === 0 ? value + 0.5 * trace / n : value);
    assertClose(productOf(found, damped, n), cross, { absolute: 1e-7, relative: 1e-8 });
  }
});

Deno.test("inputs that were never on get nothing, and where there are too few examples the ridge rises", () => {
  const never = ridgeSolution(Float64Array.of(2, 0, 0, 0), Float64Array.of(4, 0), 2, 0);
  assertClose(never, [2, 0], REORDERED_FLOAT64);
  assert.deepEqual([...ridgeSolution(new Float64Array(4), Float64Array.of(1, 1), 2, 0)], [0, 0]);
  // One example of two equal inputs: each gives half.
  const half = ridgeSolution(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 1), 2, 0);
  assertClose(half, [0.5, 0.5], { absolute: 1e-4, relative: 1e-4 });
});
