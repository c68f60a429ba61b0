import assert from "node:assert/strict";
import { floatNumbers, floatTensor } from "../../lib/tensor/float_tensor.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

Deno.test("Numbers come back from floats of every size, rounded to the nearest", () => {
  for (
    const [type, third] of [
      ["float64", 1 / 3],
      ["float32", Math.fround(1 / 3)],
      ["float16", 1365 / 4096],
      ["bfloat16", 171 / 512],
    ] as const
  ) {
    const tensor = floatTensor(type, [1, -2.5, 1 / 3, 0], [2, 2]);
    assert.equal(tensor.type, type);
    assert.deepEqual(tensor.dims, [2, 2]);
    assert.deepEqual([...Array.from(floatNumbers(tensor)!)], [1, -2.5, third, 0]);
  }
});

Deno.test("What is of no known type becomes float32, and other tensors hold no floats", () => {
  assert.deepEqual(floatTensor(undefined, [1, 2], [2]), float32([1, 2]));
  assert.deepEqual(floatTensor("int64", [1, 2], [2]), float32([1, 2]));
  assert.equal(floatNumbers(int64([1])), undefined);
  assert.equal(floatNumbers({ type: "float8e5m2", dims: [1], bytes: new Uint8Array(1) }), undefined);
});
