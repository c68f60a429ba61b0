/** Arrays of tensors: strict by type, or of all types. */
import assert from "node:assert/strict";
import {
  arrayLike,
  arrayOf,
  byteSize,
  bytesOf,
  elements,
  float32Of,
  floats,
} from "../../lib/tensor/arrays.ts";
import { float32, int32, int64, Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("floats are the tensor's own array, and of no other type", () => {
  const tensor = float32([1, 2, 3]);
  floats(tensor)[1] = 5;
  assert.deepEqual([...tensor.data], [1, 5, 3]);
  const wrong = {
    name: "TypeError",
    message: /Cannot read a tensor int64\[2\] as float32: expected float32/,
  };
  assert.throws(() => floats(int64([1, 2])), wrong);
  assert.throws(
    () => floats(undefined as never),
    /^TypeError: Cannot read undefined as float32: expected a tensor/,
  );
  assert.throws(() => floats(new Tensor("float64", [1, 2], [2])), /float64\[2\] as float32/);
});

Deno.test("elements have the type that is asked for", () => {
  assert.deepEqual(elements(int64([1, -2]), "int64"), BigInt64Array.of(1n, -2n));
  assert.deepEqual(elements(new Tensor("bool", [true, false], [2]), "bool"), Uint8Array.of(1, 0));
  assert.throws(() => elements(int32([1]), "int64"), /Cannot read a tensor int32\[1\] as int64/);
});

Deno.test("floats of every size are read as float32", () => {
  const numbers = [1.5, -0, 65504, 2 ** -24, Infinity];
  const halves = new Tensor("float16", Float16Array.from(numbers) as never, [5]);
  assert.deepEqual([...float32Of(halves)], numbers);
  const whole = Float16Array.from([9, ...numbers]);
  const bits = new Uint16Array(whole.buffer, 2); // begins within its buffer
  assert.deepEqual([...float32Of(new Tensor("float16", bits, [5]))], numbers);
  assert.deepEqual([...float32Of(new Tensor("float64", [0.1], [1]))], [Math.fround(0.1)]);
  const own = float32([1]);
  assert.equal(float32Of(own), own.data);
  assert.throws(() => float32Of(int32([1])), /int32\[1\] as float32/);
});

Deno.test("arrays of all numbers are given as they are, those of strings are not", () => {
  const tensor = int64([3, 4]);
  assert.equal(arrayOf(tensor), tensor.data);
  assert.deepEqual(arrayLike(arrayOf(tensor), 2), new BigInt64Array(2));
  assert.deepEqual(arrayLike(Float64Array.of() as never, [1, 2]), Float64Array.of(1, 2));
  assert.throws(
    () => arrayOf(new Tensor("string", ["a"], [1])),
    /Cannot read a tensor string\[1\] as numbers/,
  );
});

Deno.test("bytes are those in memory, of a part where the tensor is one", () => {
  const all = Int32Array.of(1, 2, 3);
  const part = new Tensor("int32", all.subarray(1), [2]);
  assert.deepEqual(bytesOf(part), Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0));
  assert.equal(bytesOf(part).buffer, all.buffer);
  const bytes = Uint8Array.of(1, 2);
  assert.deepEqual(bytesOf({ type: "bfloat16", dims: [1], bytes }), bytes);
});

Deno.test("bytes are counted for elements of all types but strings", () => {
  const tensors = [
    int64([1, 2]),
    new Tensor("int32", Int32Array.of(1, 2, 3).subarray(1), [2]),
    new Tensor("string", ["long"], [1]),
  ];
  assert.deepEqual(tensors.map(byteSize), [16, 8, 0]);
  assert.equal(byteSize({ type: "float4e2m1", dims: [3], bytes: Uint8Array.of(1, 2) }), 2);
});
