import assert from "node:assert/strict";
import { crc32 as nodeCrc32 } from "node:zlib";
import fc from "npm:fast-check@4.10.2";
import { crc32 } from "../../lib/files/crc32.ts";
import { plainCrc32 } from "../../lib/files/plain_crc32.ts";

Deno.test("CRC-32 without zlib is zlib's, in parts and as a whole", () => {
  assert.equal(plainCrc32("123456789"), 0xcbf43926); // the check value of the standard
  fc.assert(fc.property(fc.uint8Array(), fc.string(), (bytes, text) => {
    const part = plainCrc32(bytes);
    assert.equal(part, nodeCrc32(bytes));
    assert.equal(plainCrc32(text, part), nodeCrc32(text, part));
    assert.equal(crc32(bytes), part);
  }));
});
