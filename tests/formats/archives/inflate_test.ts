import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { inflate, tooManyUnpacked } from "../../../lib/formats/archives/inflate.ts";
import { underLimits } from "../../limits.ts";

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i * i % 251);
const packed = new Uint8Array(deflateRawSync(bytes));

Deno.test("a stream of another writer is unpacked, and must be as long as it was said to be", () => {
  assert.deepEqual(inflate(packed, bytes.length), bytes);
  assert.throws(() => inflate(packed, 4999), /expected 4999 bytes when unpacked, found more/);
  assert.throws(() => inflate(packed, 5001), /expected 5001 bytes when unpacked, found 5000/);
  assert.throws(() => inflate(packed.subarray(0, packed.length - 9), bytes.length));
});

Deno.test("a claim that no such stream can hold, or more than the limit, is refused before memory is taken", async () => {
  const claim = packed.length * 1032 + 1;
  assert.throws(() => inflate(packed, claim), { name: "RangeError", message: /found a claim of/ });
  await underLimits({ unpackedBytes: 4999 }, () => {
    assert.throws(() => inflate(packed, 5000), { name: "RangeError", message: tooManyUnpacked(5000) });
    assert.match(
      tooManyUnpacked(5000),
      /^expected at most 4999 bytes when unpacked, found a claim of 5000; if/,
    );
  });
});
