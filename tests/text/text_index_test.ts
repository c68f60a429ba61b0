import assert from "node:assert/strict";
import { textIndex } from "../../lib/text/vocabulary/text_index.ts";

Deno.test("an index of texts says what a Map says, of texts that are there twice and of those that are not", () => {
  const texts = Array.from({ length: 3000 }, (_, i) => `${"äa"[i % 2]}${i * 7919 % 2500}`);
  const [find, map] = [textIndex(texts), new Map(texts.map((text, i) => [text, i]))];
  assert.ok(map.size < texts.length);
  for (const text of [...texts, "", "b1", "a2500", "a1\0", "toString"]) {
    assert.equal(find(text), map.get(text), text);
  }
});

Deno.test("an index of few or no texts", () => {
  assert.equal(textIndex([])(""), undefined);
  assert.equal(textIndex([""])(""), 0);
  assert.deepEqual(["a", "b", "c"].map(textIndex(["b", "a"])), [1, 0, undefined]);
});
