import assert from "node:assert/strict";
import { lentBy, productsFor, productsOnGpu } from "../../../lib/compress/numeric/on_gpu.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { withGpu } from "../../webgpu/with_gpu.ts";

withGpu("products are those of the CPU", async (gpu) => {
  const random = seededRandom(4, "products");
  const numbers = (length: number) => Float32Array.from({ length }, () => random.normal());
  const [a, b] = [numbers(7 * 9), numbers(9 * 5)];
  const found = await productsOnGpu(gpu).multiply(a, b, 7, 9, 5);
  const expected = Array.from({ length: 35 }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < 9; k++) sum += a[Math.floor(at / 5) * 9 + k]! * b[k * 5 + at % 5]!;
    return sum;
  });
  assertClose(found, expected, REORDERED_FLOAT32);
  assert.equal(gpu.counters().buffers, 0);
});

withGpu("what is lent is given back where the scope ends in an error", async (gpu) => {
  const numbers = Float64Array.of(1, 2, 3, 4);
  const body = async () => {
    using lent = lentBy(gpu);
    const there = lent.matrix(numbers, [2, 2]);
    assert.equal(lent.put(there), there);
    assert.deepEqual(await lent.read(there), numbers);
    assert.equal(gpu.counters().buffers, 1);
    throw new Error("in the middle");
  };
  await assert.rejects(body, /in the middle/);
  assert.equal(gpu.counters().buffers, 0);
});

Deno.test("products: none where all are in float64, or nothing runs", () => {
  const gpu = undefined;
  assert.equal(productsFor({ runtime: undefined, gpu, precision: "float32" }), undefined);
});
