import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { inFolder } from "../../in_folder.ts";
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

Deno.test("sizes are those of all files of a model", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const { bytes } = await saveModel(mlp({ sizes: [40, 40] }), at("model.onnx"), { externalData: true });
    const said = JSON.parse((await typed("convert", at("model.onnx"), at("whole.onnx"), "--json")).out);
    assert.equal(said.before, bytes);
    assert.equal(said.after, (await Deno.stat(at("whole.onnx"))).size);
    assert.ok(bytes > 40 * 40 * 4);
  });
});
