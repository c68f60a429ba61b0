import { deepEqual, throws } from "node:assert/strict";
import { decodeIdx } from "../../lib/formats/idx.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";

Deno.test("IDX: every element type, big-endian", () => {
  const header = (code: number) => [0, 0, code, 2, 0, 0, 0, 1, 0, 0, 0, 2];
  const cases: [number, number[], string, number[]][] = [
    [0x08, [1, 255], "uint8", [1, 255]],
    [0x09, [1, 255], "int8", [1, -1]],
    [0x0b, [1, 0, 255, 255], "int16", [256, -1]],
    [0x0c, [0, 0, 1, 0, 255, 255, 255, 254], "int32", [256, -2]],
    [0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], "float32", [1, -2]],
    [0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], "float64", [1, -2]],
  ];
  for (const [code, bytes, type, expected] of cases) {
    const tensor = decodeIdx(Uint8Array.from([...header(code), ...bytes]));
    deepEqual([tensor.type, tensor.dims, numbersOf(tensor)], [type, [1, 2], expected]);
  }
  throws(() => decodeIdx(Uint8Array.from([...header(8), 1]), "x.idx"), {
    message: /x\.idx: expected 2 bytes/,
  });
});
