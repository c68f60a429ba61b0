import assert from "node:assert/strict";
import { cursor, utf8 } from "../../../lib/formats/archives/cursor.ts";

Deno.test("numbers are read little-endian one after the other, where bytes lie in a larger buffer too", () => {
  const buffer = new ArrayBuffer(40);
  const view = new DataView(buffer, 3);
  view.setUint8(0, 200);
  view.setUint16(1, 0xfffe, true);
  view.setUint32(3, 0xfffffffd, true);
  view.setInt32(7, -5, true);
  view.setBigUint64(11, 2n ** 63n, true);
  view.setFloat64(19, Math.PI);
  const place = cursor(new Uint8Array(buffer, 3, 30), "f");
  assert.deepEqual([place.uint8("a"), place.uint16("a"), place.uint32("a")], [200, 0xfffe, 0xfffffffd]);
  assert.deepEqual([place.int32("a"), place.uint64("a"), place.float64BigEndian("a")], [
    -5,
    2n ** 63n,
    Math.PI,
  ]);
  assert.deepEqual([place.offset, place.left()], [27, 3]);
  const taken = place.take(2, "a");
  assert.deepEqual([taken.buffer, taken.byteOffset, place.left()], [buffer, 30, 1]);
});

Deno.test("what goes beyond the end says file, place and purpose, and moves nothing", () => {
  const place = cursor(new Uint8Array(6), "f.bin", 4);
  const said = (length: number) => ({
    name: "SyntaxError",
    message: `Cannot read f.bin: expected ${length} bytes of a size, found 2 before the end, at byte 4`,
  });
  assert.throws(() => place.uint32("a size"), said(4));
  for (const length of [3, -1, NaN, 2 ** 60]) assert.throws(() => place.take(length, "a size"), said(length));
  assert.equal(place.uint16("a size"), 0);
  assert.equal(place.fail("so", 1).message, "Cannot read f.bin: so, at byte 1");
});

Deno.test("text is UTF-8 to the last byte, marks at its beginning too, or an error", () => {
  const place = cursor(new Uint8Array(), "f.bin");
  assert.equal(utf8(new TextEncoder().encode("\ufeffgrößer"), place, "a name"), "\ufeffgrößer");
  const message = "Cannot read f.bin: expected a name in UTF-8, at byte 0";
  assert.throws(() => utf8(Uint8Array.of(0xc3), place, "a name"), { name: "SyntaxError", message });
});
