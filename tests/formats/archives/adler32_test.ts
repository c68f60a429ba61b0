import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { adler32 } from "../../../lib/formats/archives/adler32.ts";

Deno.test("Adler-32: the value of nothing, a published one, and what zlib writes behind its streams", () => {
  assert.equal(adler32(new Uint8Array()), 1);
  assert.equal(adler32(new TextEncoder().encode("Wikipedia")), 0x11e60398);
  for (const length of [1, 3799, 3800, 3801, 100_000]) {
    const bytes = new Uint8Array(length).fill(255);
    const stream = deflateSync(bytes);
    assert.equal(adler32(bytes), stream.readUInt32BE(stream.length - 4), `${length}`);
  }
});
