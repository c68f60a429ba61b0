import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("a sparse file is converted back to the model whose weights it masks", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    assert.equal((await typed("sparsify", path, at("sparse.safetensors"), "--sparsity", "0.75")).code, 0);
    assert.equal((await typed("convert", at("sparse.safetensors"), at("again.onnx"))).code, 0);
    const weights = (await loadModel(at("again.onnx"))).graph.initializers.get("2.weight") as Tensor;
    const zeros = (weights.data as Float32Array).filter((value) => value === 0).length;
    assert.equal(zeros, 192); // of 16·16
  });
});
