import assert from "node:assert/strict";
import { crc32 as nodeCrc32 } from "node:zlib";
import { crc32 } from "../../lib/files/crc32.ts";

Deno.test("the check value of the standard, and zlib's of any part behind another", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * i % 251);
  assert.equal(crc32(bytes.subarray(300), crc32(bytes.subarray(0, 300))), nodeCrc32(bytes));
});
