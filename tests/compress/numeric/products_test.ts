import assert from "node:assert/strict";
import { cut, productsOn } from "../../../lib/compress/numeric/products.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";

Deno.test("the engine multiplies as by hand; only large products are worth the way", async () => {
  const products = productsOn(await defaultRuntime());
  try {
    const found = await products.multiply(
      Float32Array.of(1, 2, 3, 4, 5, 6),
      Float32Array.of(1, 0, 2, 1, 0, 3),
      2,
      3,
      2,
    );
    assert.deepEqual([...found], [5, 11, 14, 23]);
    assert.deepEqual([2 ** 27, 2 ** 28].map(products.isWorth), [false, true]);
  } finally {
    await products.close();
  }
});

Deno.test("a part is cut out row by row", () => {
  const matrix = Float64Array.from({ length: 12 }, (_, i) => i); // 3 rows of 4
  assert.deepEqual([...cut(matrix, 4, [1, 2], [2, 2])], [6, 7, 10, 11]);
  assert.deepEqual([...cut(matrix, 4, [2, 0], [0, 4])], []);
});
