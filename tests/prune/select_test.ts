import { deepEqual } from "node:assert/strict";
import { selectAlong, zeroAlong } from "../../lib/prune/select.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";

const tensor = float32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 2]);

Deno.test("positions along any axis are taken in the order given", () => {
  deepEqual(selectAlong(tensor, 0, [1]), float32([6, 7, 8, 9, 10, 11], [1, 3, 2]));
  deepEqual(selectAlong(tensor, 1, [2, 0]), float32([4, 5, 0, 1, 10, 11, 6, 7], [2, 2, 2]));
  deepEqual(selectAlong(tensor, 2, [1]), float32([1, 3, 5, 7, 9, 11], [2, 3, 1]));
});

Deno.test("the element type stays, of whole numbers too", () => {
  const whole = new Tensor("int64", BigInt64Array.of(5n, 6n, 7n), [3]);
  deepEqual(selectAlong(whole, 0, [2, 1]), new Tensor("int64", BigInt64Array.of(7n, 6n), [2]));
});

Deno.test("any shape, type and choice of positions gives the numbers that their indices name", () => {
  const random = seededRandom(3);
  const types = [["float16", Uint16Array], ["float32", Float32Array], ["float64", Float64Array], [
    "int8",
    Int8Array,
  ]] as const;
  for (let trial = 0; trial < 80; trial++) {
    const dims = Array.from(
      { length: 1 + random.integer(4) },
      () => 1 + random.integer(trial % 4 === 0 ? 40 : 6),
    );
    const [type, TypedArray] = types[trial % types.length]!;
    const axis = random.integer(dims.length);
    const size = dims.reduce((product, dim) => product * dim, 1);
    const data = TypedArray.from(Array.from({ length: size }, () => random.integer(100)));
    const kept = Array.from({ length: dims[axis]! }, (_, i) => i).filter(() => random.uniform() < 0.6);
    const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    const expected = (data as Float32Array).filter((_, i) =>
      kept.includes(Math.floor(i / inner) % dims[axis]!)
    );
    const found = selectAlong(new Tensor(type, data as never, dims), axis, kept);
    deepEqual(
      found,
      new Tensor(type, expected as never, dims.map((dim, i) => i === axis ? kept.length : dim)),
    );
  }
});

Deno.test("zeros stand at the positions named, and the tensor given is as it was", () => {
  deepEqual(zeroAlong(tensor, 1, [1]), float32([0, 1, 0, 0, 4, 5, 6, 7, 0, 0, 10, 11], [2, 3, 2]));
  deepEqual(tensor.data[2], 2);
});
