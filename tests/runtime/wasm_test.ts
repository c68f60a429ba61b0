import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { folderOf, openWasm } from "../../lib/runtime/wasm.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

Deno.test("an address of a folder ends in one slash", () => {
  assert.deepEqual(["a", "a/", "http://host/b", new URL("http://host/c/")].map(folderOf), [
    "a/",
    "a/",
    "http://host/b/",
    "http://host/c/",
  ]);
});

Deno.test("WebAssembly computes what native code does", async () => {
  const model = mlp({ sizes: [3, 8, 2] });
  const input = float32([1, -2, 0.5], [1, 3]);
  const runtime = await openWasm();
  try {
    const [own, native] = [await runModel(model, { input }, { runtime }), await runModel(model, { input })];
    assertClose(own.logits!.data as Float32Array, native.logits!.data as Float32Array, REORDERED_FLOAT32);
  } finally {
    await runtime.close();
  }
});
