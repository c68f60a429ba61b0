import assert from "node:assert/strict";
import { textLines } from "../../../lib/experiment/executors/text_lines.ts";

Deno.test("lines are the same, wherever their text was cut", async () => {
  const text = "first\n\nthird, ünïcode\nthe last, cut off in its mid";
  for (let size = 1; size <= text.length; size++) {
    const chunks = Array.from(
      { length: Math.ceil(text.length / size) },
      (_, i) => text.slice(i * size, (i + 1) * size),
    );
    const lines = await Array.fromAsync(ReadableStream.from(chunks).pipeThrough(textLines()));
    assert.deepEqual(lines, ["first", "", "third, ünïcode"], `chunks of ${size}`);
  }
});

Deno.test("a text that ends with its last line has no empty one behind it; none has none", async () => {
  const lines = (text: string) => Array.fromAsync(ReadableStream.from([text]).pipeThrough(textLines()));
  assert.deepEqual(await lines("a\nb\n"), ["a", "b"]);
  assert.deepEqual(await lines(""), []);
});
