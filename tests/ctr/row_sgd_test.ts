import assert from "node:assert/strict";
import { rowSgd } from "../../lib/ctr/row_sgd.ts";

Deno.test("rows that are looked up go down their gradients, others stay; steps are counted", () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const optimizer = rowSgd(values, { features: 2 });
  optimizer.update(Int32Array.of(2, 0), Float32Array.of(1, -1, 4, 8), 0.5);
  assert.deepEqual(values, Float32Array.of(-1, -2, 3, 4, 4.5, 6.5));
  optimizer.update(Int32Array.of(1), Float32Array.of(2, 2), 1);
  assert.deepEqual(values, Float32Array.of(-1, -2, 1, 2, 4.5, 6.5));
  assert.equal(optimizer.step, 2);
});
