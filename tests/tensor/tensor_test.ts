import assert from "node:assert/strict";
import {
  float32,
  int32,
  int64,
  isTensor,
  normalAxis,
  numbersOf,
  scalar,
  sizeOf,
  Tensor,
  tensorOf,
  uint8,
} from "../../lib/tensor/tensor.ts";

Deno.test("sizes are products, of no axes 1; axes count from either end", () => {
  assert.deepEqual([sizeOf([]), sizeOf([3]), sizeOf([2, 0, 5]), sizeOf([2, 3, 4])], [1, 3, 0, 24]);
  assert.deepEqual([-3, -1, 0, 2].map((axis) => normalAxis(axis, 3)), [0, 2, 0, 2]);
});

Deno.test("tensors of numbers have the type of their name, and give the numbers back", () => {
  for (
    const [make, type] of [[float32, "float32"], [int64, "int64"], [int32, "int32"], [
      uint8,
      "uint8",
    ]] as const
  ) {
    const tensor = make([1, 0, 3, 2], [2, 2]);
    assert.deepEqual([tensor.type, [...tensor.dims], numbersOf(tensor)], [type, [2, 2], [1, 0, 3, 2]]);
    assert.deepEqual([...make([7]).dims], [1]);
  }
  assert.deepEqual([[...scalar(2).dims], numbersOf(scalar(2))], [[], [2]]);
  assert.throws(() => numbersOf(new Tensor("string", ["a"], [1])), /strings/);
});

Deno.test("a tensor of a type that is known as the program runs is checked then", () => {
  const arrays = {
    float64: Float64Array.of(1, 2),
    int8: Int8Array.of(1, 2),
    bool: Uint8Array.of(1, 0),
  } as const;
  for (const [type, data] of Object.entries(arrays)) {
    const tensor = tensorOf(type as keyof typeof arrays, data, [2]);
    assert.deepEqual([tensor.type, tensor.data], [type, data]);
  }
  assert.throws(() => tensorOf("float32", Float64Array.of(1), [1]), TypeError);
});

Deno.test("what no array holds travels as bytes, and is no tensor to compute with", () => {
  assert.equal(isTensor({ type: "bfloat16", dims: [1], bytes: new Uint8Array(2) }), false);
  assert.equal(isTensor(scalar(1)), true);
});
