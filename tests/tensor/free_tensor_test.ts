import assert from "node:assert/strict";
import { freeTensor } from "../../lib/tensor/free_tensor.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("the memory of a tensor is given back, also where the tensor is a part of it; strings have none", () => {
  const numbers = new Float32Array(4);
  freeTensor(new Tensor("float32", numbers.subarray(1, 3), [2]));
  assert.equal(numbers.length, 0);
  const kept = float32([1, 2]);
  freeTensor(float32([3]));
  assert.deepEqual([...kept.data], [1, 2]);
  freeTensor(new Tensor("string", ["a"], [1]));
});
