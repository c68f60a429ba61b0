import assert from "node:assert/strict";
import { byteLength, elementType, storage } from "../../lib/tensor/element_types.ts";
import { type DataType, ELEMENT_TYPE } from "../../lib/tensor/tensor.ts";

Deno.test("every element type of ONNX has a code, and codes that it does not define have no type", () => {
  for (const [type, code] of Object.entries(ELEMENT_TYPE)) assert.equal(elementType(code), type);
  assert.deepEqual([0, -1, 1000].map(elementType), [undefined, undefined, undefined]);
});

Deno.test("an array holds elements of the size that their type has, or of packed ones a byte", () => {
  for (const [type, { bits, array }] of Object.entries(storage)) {
    // The number in a type's name is its size.
    const named = /^b?(?:float|u?int|complex)(\d+)/.exec(type)?.[1];
    if (named) assert.equal(bits, Number(named), type);
    if (array) assert.equal(8 * array.BYTES_PER_ELEMENT, Math.max(8, bits), type);
  }
  const lengths: [DataType, number, number][] = [
    ["float32", 3, 12],
    ["int4", 3, 2],
    ["uint2", 5, 2],
    ["float6e2m3", 4, 3],
    ["bool", 3, 3],
    ["complex128", 2, 32],
  ];
  for (const [type, count, bytes] of lengths) assert.equal(byteLength(type, count), bytes, type);
});
