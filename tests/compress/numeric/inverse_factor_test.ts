import assert from "node:assert/strict";
import { inverseFactor } from "../../../lib/compress/numeric/inverse_factor.ts";
import { assertClose } from "../../close.ts";
import { identityOf, product, randomHessian } from "./matrices.ts";

Deno.test("the factor's product with itself turned is the inverse of the damped Hessian", async () => {
  for (const n of [1, 2, 7, 40]) {
    const hessian = randomHessian(n, n);
    const { u, damping } = await inverseFactor(hessian, n, 0.01);
    assert.equal(damping, 0.01);
    let trace = 0;
    for (let i = 0; i < n; i++) trace += hessian[i * n + i]!;
    const damped = hessian.map((value, i) => i % (n + 1) === 0 ? value + 0.01 * trace / n : value);
    const inverse = product(u, u, n, { transposeLeft: true });
    assertClose(product(inverse, damped, n), identityOf(n), { absolute: 1e-9, relative: 0 });
    for (let i = 1; i < n; i++) assert.ok(u.subarray(i * n, i * n + i).every((value) => value === 0));
  }
});

Deno.test("a feature that was never on counts as one, and damping rises where it has to", async () => {
  const dead = await inverseFactor(Float64Array.of(4, 0, 0, 0), 2, 0);
  assertClose([...dead.u], [0.5, 0, 0, 1], { absolute: 1e-15, relative: 0 });
  const singular = await inverseFactor(Float64Array.of(1, 1, 1, 1), 2, 0);
  assert.equal(singular.damping, 1e-4);
  await assert.rejects(
    inverseFactor(Float64Array.of(1, 1e9, 1e9, 1), 2, 0),
    /RangeError: Cannot factor a Hessian of 2 columns/,
  );
});
