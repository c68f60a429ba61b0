import assert from "node:assert/strict";
import { isPacked, packNibbles, unpackNibbles } from "../../lib/tensor/nibbles.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("numbers of four bits lie two in a byte, the first in its lower half, and come back", () => {
  const signed = new Tensor("int8", Int8Array.of(-8, 7, -1, 0, 3), [5]);
  const packed = packNibbles(signed, "int4");
  assert.deepEqual([...packed.data as unknown as Uint8Array], [0x78, 0x0f, 0x03]);
  assert.deepEqual(unpackNibbles(packed), signed);
  const unsigned = new Tensor("uint8", Uint8Array.of(15, 0, 8, 1), [2, 2]);
  assert.deepEqual([...packNibbles(unsigned, "uint4").data as unknown as Uint8Array], [0x0f, 0x18]);
  assert.deepEqual(unpackNibbles(packNibbles(unsigned, "uint4")), unsigned);
  assert.deepEqual([packed, signed, packNibbles(unsigned, "uint4")].map(isPacked), [true, false, true]);
});
