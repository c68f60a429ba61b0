import { rejects } from "node:assert/strict";
import { loadModel } from "../../lib/io/load_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { loadMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { seededRandom } from "../../lib/random.ts";
import { loadSparse } from "../../lib/sparse/pack/load_sparse.ts";

const text = (words: string) => new TextEncoder().encode(words);

Deno.test("text in the place of a model is called so", async () => {
  for (const words of ["not found", "ir_version: 8\ngraph {\n}\n", "Größe: 3\r\n".repeat(100)]) {
    await rejects(
      loadModel(text(words)),
      /^SyntaxError: Cannot read .*: it is text, and no bytes of a model/,
    );
  }
});

Deno.test("random bytes are no model, in a sentence", async () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(seed, "bytes");
    const bytes = Uint8Array.from({ length: 1000 }, () => random.integer(256));
    await rejects(loadModel(bytes), /^SyntaxError: Cannot read .*: .*(no|not the bytes of an) ONNX model/);
  }
});

Deno.test("a model in the place of a sparse file or a metanetwork is told who reads it", async () => {
  const bytes = mlp({ sizes: [2, 3] }).toOnnx();
  for (const load of [loadSparse, loadMetanetwork]) {
    await rejects(
      load(bytes),
      /^SyntaxError: Cannot read .*: it is an ONNX model; such are read by loadModel/,
    );
    await rejects(load(text("not found")), /it is text/);
    await rejects(load(text("x")), /it is text/);
  }
});

Deno.test("options that loading does not know are refused", async () => {
  await rejects(
    loadModel(mlp({ sizes: [2, 3] }).toOnnx(), { externaldata: {} } as never),
    /^TypeError: Cannot call loadModel with option "externaldata": did you mean "externalData"/,
  );
});
