import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { unpack } from "../../../lib/formats/archives/unpack.ts";
import { underLimits } from "../../limits.ts";

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * i % 251);
const streams = { gzip: new Uint8Array(gzipSync(bytes)), deflate: new Uint8Array(deflateSync(bytes)) };

for (const [format, packed] of Object.entries(streams) as ["gzip" | "deflate", Uint8Array][]) {
  Deno.test(`${format}: unpacked; what is damaged, cut off or too long is an error`, async () => {
    assert.deepEqual(await unpack(packed, format, "f"), bytes);
    const message = new RegExp(`^Cannot read f: the ${format} stream is damaged or cut off`);
    await assert.rejects(unpack(packed.subarray(0, -5), format, "f"), { name: "SyntaxError", message });
    const flipped = packed.slice();
    flipped[packed.length - 6]! ^= 1; // a checksum, or what it is of
    await assert.rejects(unpack(flipped, format, "f"), { name: "SyntaxError", message });
    await underLimits({ unpackedBytes: 99_999 }, async () => {
      const message =
        /^Cannot read f: expected at most 99999 bytes when unpacked, found more; if it is meant/;
      await assert.rejects(unpack(packed, format, "f"), { name: "SyntaxError", message });
    });
  });
}
