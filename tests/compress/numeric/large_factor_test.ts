import assert from "node:assert/strict";
import { invertFactor } from "../../../lib/compress/numeric/large_factor.ts";
import type { Products } from "../../../lib/compress/numeric/products.ts";
import { stepsOnCpu } from "../../../kernels/webgpu/linear/cholesky_cpu.ts";
import { factorise, invert } from "../../../kernels/webgpu/linear/cholesky_steps.ts";
import { assertClose } from "../../close.ts";
import { randomHessian } from "./matrices.ts";

/** Products by loops, in float64 but for what goes in and out. */
const loops: Products = {
  isWorth: () => true,
  multiply: (a, b, m, k, n) =>
    Promise.resolve(Float32Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[i * n + at % n]!;
      return sum;
    })),
  close: () => Promise.resolve(),
};

Deno.test("in blocks with the engine's products it is what one block gives, to float32", async () => {
  for (const n of [3, 256, 300]) { // one block, a whole one, one and a part
    const hessian = randomHessian(n, 7);
    const [found, expected] = [hessian.slice(), hessian.slice()];
    await invertFactor(found, n, loops);
    const steps = stepsOnCpu(expected, n);
    factorise(n, steps);
    invert(n, steps);
    const lower = (a: Float64Array) => Array.from(a).filter((_, at) => at % n <= Math.floor(at / n));
    assertClose(lower(found), lower(expected), { absolute: 1e-4, relative: 1e-3 }, `${n}`);
  }
});

Deno.test("a matrix that is not positive definite is refused", async () => {
  await assert.rejects(async () => {
    try {
      await invertFactor(Float64Array.of(1, 2, 2, 1), 2, loops);
    } catch (pivot) {
      throw new Error(`a pivot: ${JSON.stringify(pivot)}`);
    }
  }, /a pivot/);
});
