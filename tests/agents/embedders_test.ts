import assert from "node:assert/strict";
import { ngramEmbedder } from "../../lib/agents/embedders.ts";
import { hashedNgrams } from "../../lib/agents/hashed_ngrams.ts";

Deno.test("an embedder by n-grams gives each text's own vector, of the length it tells", async () => {
  const { name, values, embed } = ngramEmbedder(64);
  assert.deepEqual([name, values], ["hashed n-grams, 64 values", 64]);
  const texts = ["a red fox", "", "a red fox", "blue"];
  const vectors = await embed(texts);
  assert.deepEqual(vectors, texts.map((text) => hashedNgrams(text, { values: 64 })));
  assert.deepEqual(vectors[0], vectors[2]);
  assert.ok(vectors.every(({ length }) => length === 64));
  assert.deepEqual(await embed([]), []);
});
