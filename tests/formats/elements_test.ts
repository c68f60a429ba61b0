import assert from "node:assert/strict";
import {
  elementsOf,
  elementsWithin,
  float32FromBfloat16,
  gather,
  negate,
  type NumericType,
  swapBytes,
} from "../../lib/formats/elements.ts";

const bytes = Uint8Array.from({ length: 25 }, (_, i) => 37 * i % 256).subarray(1);

Deno.test("elements are what a view reads from the bytes, in memory of their own or where they lie", () => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const reads: Partial<Record<NumericType, (at: number) => number | bigint>> = {
    float32: (at) => view.getFloat32(at, true),
    float64: (at) => view.getFloat64(at, true),
    int64: (at) => view.getBigInt64(at, true),
    uint16: (at) => view.getUint16(at, true),
    int8: (at) => view.getInt8(at),
  };
  for (const [type, read] of Object.entries(reads)) {
    for (
      const elements of [elementsOf(bytes, type as NumericType), elementsWithin(bytes, type as NumericType)]
    ) {
      const size = elements.BYTES_PER_ELEMENT;
      assert.deepEqual(
        [...elements as Float32Array],
        Array.from({ length: 24 / size }, (_, i) => read(i * size)),
        type,
      );
    }
  }
  const aligned = new Uint8Array(8);
  assert.equal(elementsWithin(aligned, "float32").buffer, aligned.buffer);
  assert.notEqual(elementsOf(aligned, "float32").buffer, aligned.buffer);
  assert.notEqual(elementsWithin(bytes, "float32").buffer, bytes.buffer, "at an odd place");
});

Deno.test("bytes of each element are turned round, and bfloat16 is the upper half of a float", () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat32(0, 1.5);
  view.setFloat32(4, -2);
  const given = new Uint8Array(view.buffer);
  assert.deepEqual(elementsOf(swapBytes(given, 4), "float32"), Float32Array.of(1.5, -2));
  assert.deepEqual(swapBytes(given, 1), given);
  assert.deepEqual(float32FromBfloat16(Uint8Array.of(0xc0, 0x3f, 0, 0xc0)), Float32Array.of(1.5, -2));
});

Deno.test("strided elements come out in row-major order: a transpose, a slice, a repeated row", () => {
  const elements = Float32Array.of(0, 1, 2, 3, 4, 5);
  const take = (
    from: number,
    dims: number[],
    strides: number[],
  ) => [...gather(elements, { from, dims, strides, count: dims.reduce((a, b) => a * b, 1) }) as Float32Array];
  assert.deepEqual(take(0, [3, 2], [1, 3]), [0, 3, 1, 4, 2, 5]);
  assert.deepEqual(take(1, [2, 2], [3, 1]), [1, 2, 4, 5]);
  assert.deepEqual(take(3, [2, 3], [0, 1]), [3, 4, 5, 3, 4, 5]);
  assert.deepEqual(take(5, [], []), [5]);
  assert.deepEqual(take(0, [2, 0], [1, 1]), []);
});

Deno.test("negatives: signs of floats, whole numbers that wrap", () => {
  assert.deepEqual(negate(Float32Array.of(1, -0), "float32"), Float32Array.of(-1, 0));
  assert.deepEqual(negate(Int8Array.of(-128, 5), "int8"), Int8Array.of(-128, -5));
  assert.deepEqual(negate(BigInt64Array.of(3n), "int64"), BigInt64Array.of(-3n));
  const halves = new Uint16Array(Float16Array.of(1.5, -2).buffer);
  assert.deepEqual(
    new Float16Array((negate(halves, "float16") as Uint16Array).buffer as ArrayBuffer),
    Float16Array.of(-1.5, 2),
  );
});
