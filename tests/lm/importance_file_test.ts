import assert from "node:assert/strict";
import { decodeImatrix } from "../../lib/formats/gguf/imatrix.ts";
import { readImportance, writeImportance } from "../../lib/lm/importance_file.ts";

Deno.test("importance matrix: under a decoder's names, and in files under GGUF's", async () => {
  const path = await Deno.makeTempFile();
  try {
    const importance = { "model.layers.3.mlp.down_proj.weight": Float32Array.of(1, 2, 0.5) };
    await writeImportance(path, importance, { texts: 4, name: "mine" });
    assert.deepEqual(Object.keys(decodeImatrix(await Deno.readFile(path)).entries), [
      "blk.3.ffn_down.weight",
    ]);
    assert.deepEqual(await readImportance(path), importance);
    await assert.rejects(writeImportance(path, { other: [1] }, { texts: 1, name: "" }), /no name for it/);
  } finally {
    await Deno.remove(path);
  }
});
