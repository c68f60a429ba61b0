import assert from "node:assert/strict";
import { utf8Text } from "../../lib/files/utf8_text.ts";

Deno.test("bytes are read as text in UTF-8, and named where they are in another encoding", () => {
  assert.equal(utf8Text(new TextEncoder().encode("\ufeffgrößer"), "a.txt"), "größer");
  const latin1 = Uint8Array.of(0x67, 0x72, 0xf6, 0xdf, 0x65, 0x72);
  assert.throws(() => utf8Text(latin1, "a.txt"), {
    name: "SyntaxError",
    message: "Cannot read a.txt: expected text in UTF-8; take the file as it was published",
  });
  assert.equal(utf8Text(latin1.subarray(0, 2), "a.txt"), "gr", "as if nothing had failed before");
});
