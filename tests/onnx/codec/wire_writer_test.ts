import assert from "node:assert/strict";
import { WireWriter } from "../../../lib/onnx/codec/wire_writer.ts";

/** What a writer wrote, in hexadecimal. */
function written(write: (writer: WireWriter) => void): string {
  const writer = new WireWriter();
  write(writer);
  const bytes = writer.parts().flatMap((part) => [...part]);
  assert.equal(writer.length, bytes.length);
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

Deno.test("the examples in the description of protobuf's encoding are written as they stand there", () => {
  assert.equal(written((to) => to.int(1, 150)), "08 96 01");
  assert.equal(written((to) => to.string(2, "testing")), "12 07 74 65 73 74 69 6e 67");
  assert.equal(written((to) => to.message(3, (inner) => inner.int(1, 150))), "1a 03 08 96 01");
  assert.equal(written((to) => to.ints(6, [3, 270, 86942])), "32 06 03 8e 02 9e a7 05");
  assert.equal(written((to) => to.plainInts(6, [3, 270])), "30 03 30 8e 02");
  assert.equal(written((to) => to.int(1, -2)), "08 fe ff ff ff ff ff ff ff ff 01");
  assert.equal(written((to) => to.int(1, -(2n ** 63n))), "08 80 80 80 80 80 80 80 80 80 01");
  assert.equal(written((to) => to.float(2, 1.5)), "15 00 00 c0 3f");
});

Deno.test("long byte fields are parts of their own, not copied, and lie where they belong", () => {
  const long = new Uint8Array(300).fill(7);
  const writer = new WireWriter();
  writer.message(1, (inner) => {
    inner.int(1, 1);
    inner.bytes(9, long);
    inner.int(2, 2);
  });
  const parts = writer.parts();
  assert.ok(parts.some(({ buffer }) => buffer === long.buffer), "the tensor's own bytes");
  // Field 1 of 307 bytes: int 1, then field 9 of 300 bytes, then int 2.
  const bytes = parts.flatMap((part) => [...part]);
  assert.deepEqual(bytes.slice(0, 8), [10, 0xb3, 2, 8, 1, 74, 0xac, 2]);
  assert.deepEqual([bytes.slice(8, 308), bytes.slice(308)], [[...long], [16, 2]]);
});
