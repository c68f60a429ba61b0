import assert from "node:assert/strict";
import { float32, int32, int64, numbersOf, scalar, uint8 } from "../../lib/tensor/tensor.ts";

Deno.test("nested arrays give their shape; those of different lengths are refused", () => {
  for (const make of [float32, int64, int32, uint8]) {
    const rows = make([[1, 2, 3], Uint8Array.of(4, 5, 6)].map((row) => [...row]));
    assert.deepEqual([[...rows.dims], numbersOf(rows)], [[2, 3], [1, 2, 3, 4, 5, 6]]);
    assert.deepEqual([...make([[[1], [2]]]).dims], [1, 2, 1]);
    assert.deepEqual([...make([[], []]).dims], [2, 0]);
    assert.deepEqual([...make([[1, 2], [3, 4]], [4]).dims], [4]);
    for (const ragged of [[[1, 2], [3]], [[1], 2], [1, [2]], [[], [1]], [[[1]], [2]]]) {
      assert.throws(() => make(ragged as number[][]), {
        name: "TypeError",
        message: /^Cannot make a tensor of /,
      });
    }
  }
  const typed = float32([Float32Array.of(1, 0.5), Float32Array.of(2, 4)]);
  assert.deepEqual([[...typed.dims], numbersOf(typed)], [[2, 2], [1, 0.5, 2, 4]]);
});

Deno.test("what a type cannot hold is refused, from arrays of every kind, and its limits are not", () => {
  const refused = [
    [float32, ["a", undefined, null, true, 1n, {}]],
    [int64, ["a", 3.7, NaN, Infinity, 2 ** 63, 2n ** 63n, -(2n ** 63n) - 1n, undefined, null, true]],
    [int32, ["a", 3.7, NaN, -Infinity, 2 ** 31, -(2 ** 31) - 1, 1n, undefined, null, true]],
    [uint8, ["a", 3.7, NaN, 300, 256, -1, 1n, undefined, null, true]],
  ] as const;
  for (const [make, values] of refused) {
    for (const value of values) {
      for (const data of [[1, value], [[1, value]]]) {
        assert.throws(() => make(data as number[]), { name: "TypeError", message: / at place 1: expected / });
      }
    }
    assert.throws(
      () => make(undefined as never),
      /^TypeError: Cannot make a tensor of nothing: expected an array/,
    );
    for (const data of [null, 3, "12", new Map(), float32([1])]) {
      assert.throws(() => make(data as never), { name: "TypeError", message: /expected an array/ });
    }
    for (const dims of [[2, 2], [], [2.5], [-3], [-1, -3], 3, "3", null, [NaN]]) {
      assert.throws(() => make([1, 2, 3], dims as number[]), {
        name: "RangeError",
        message: /such as \[3\]$/,
      });
    }
  }
  for (const make of [int32, uint8, int64]) {
    assert.throws(() => make(Float32Array.of(1, 0.5)), /0\.5 at place 1/);
  }
  assert.throws(() => int32(Uint32Array.of(2 ** 31)), TypeError);
  assert.throws(() => uint8(Int8Array.of(-1)), TypeError);
  assert.throws(() => int64(BigUint64Array.of(2n ** 63n) as never), TypeError);
  assert.throws(() => float32(BigInt64Array.of(1n) as never), TypeError);
  assert.throws(() => scalar(undefined as never), TypeError);

  assert.deepEqual([...int64([-(2n ** 63n), 2n ** 63n - 1n]).data], [-(2n ** 63n), 2n ** 63n - 1n]);
  assert.deepEqual(numbersOf(int32([-(2 ** 31), 2 ** 31 - 1])), [-(2 ** 31), 2 ** 31 - 1]);
  assert.deepEqual(numbersOf(uint8(Uint8ClampedArray.of(0, 255))), [0, 255]);
  assert.deepEqual(numbersOf(float32(Float64Array.of(NaN, -Infinity, 0.5))), [NaN, -Infinity, 0.5]);
});

Deno.test("the numbers are copied", () => {
  const data = Float32Array.of(1, 2);
  const tensor = float32(data);
  data[0] = 5;
  assert.deepEqual(numbersOf(tensor), [1, 2]);
});
