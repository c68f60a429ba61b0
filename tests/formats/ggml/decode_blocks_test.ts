import assert from "node:assert/strict";
import { decodeBlocks } from "../../../lib/formats/ggml/decode_blocks.ts";

const numbers = Float32Array.of(0, -1.5, 3.140625, 65504, -(2 ** -14));

Deno.test("plain numbers are what the machine's own arrays make of them, wherever the bytes lie", () => {
  const halves = new Uint8Array(Float16Array.from(numbers).buffer);
  const odd = new Uint8Array(halves.length + 1);
  odd.set(halves, 1);
  for (const bytes of [halves, odd.subarray(1)]) {
    assert.deepEqual(decodeBlocks(bytes, "F16"), Float32Array.from(Float16Array.from(numbers)));
  }
  assert.deepEqual(decodeBlocks(new Uint8Array(numbers.buffer), "F32"), numbers);
  // The upper halves of 1 and of −2 in float32.
  assert.deepEqual(decodeBlocks(Uint8Array.of(0x80, 0x3f, 0, 0xc0), "BF16"), Float32Array.of(1, -2));
});

Deno.test("part of a block is an error", () => {
  assert.throws(() => decodeBlocks(new Uint8Array(35), "Q8_0"), {
    name: "TypeError",
    message: "Cannot decode 35 bytes of Q8_0: expected whole blocks of 34 bytes each",
  });
});
