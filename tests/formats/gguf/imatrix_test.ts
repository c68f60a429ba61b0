import assert from "node:assert/strict";
import { decodeImatrix, encodeImatrix } from "../../../lib/formats/gguf/imatrix.ts";
import { mutations } from "../../fuzz/mutate.ts";

/** One entry, two calls, written by hand. */
const HAND = Uint8Array.of(
  ...[1, 0, 0, 0], // entries
  ...[1, 0, 0, 0, 0x74], // "t"
  ...[2, 0, 0, 0], // calls
  ...[2, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x41], // 1, 8
  ...[2, 0, 0, 0], // chunks
  ...[2, 0, 0, 0, 0x61, 0x62], // "ab"
);

Deno.test("importance matrix: sums over calls become means, and back", () => {
  const read = decodeImatrix(HAND);
  assert.deepEqual({ ...read.entries }, { t: Float32Array.of(0.5, 4) });
  assert.deepEqual([read.chunks, read.dataset], [2, "ab"]);
  assert.deepEqual(encodeImatrix(read), HAND);
  assert.deepEqual(decodeImatrix(HAND.slice(0, 25)).chunks, 0);
});

Deno.test("importance matrix: what is damaged is refused with a sentence", () => {
  let refused = 0;
  for (const { what, bytes } of mutations(HAND, 2000)) {
    try {
      decodeImatrix(bytes);
    } catch (error) {
      refused++;
      assert.ok(error instanceof SyntaxError, `${what}: ${(error as Error).stack}`);
      assert.match(error.message, /^Cannot read importance matrix: (expected|found) /);
    }
  }
  assert.ok(refused > 200);
});
