import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("sparsify makes the smallest weights zero, the same part of each layer", async () => {
  await withModel(async (path, folder) => {
    const out = `${folder}/sparse.onnx`;
    const said = JSON.parse((await typed("sparsify", path, out, "--sparsity", "0.75", "--json")).out);
    assert.deepEqual(said.layers.map(({ weights, kept }: Record<string, number>) => [weights, kept]), [
      [64, 16],
      [256, 64],
      [48, 12],
    ]);
    assert.deepEqual([said.weights, said.kept, said.bytes], [368, 92, (await Deno.stat(out)).size]);
    const weights = async (file: string) =>
      numbersOf((await loadModel(file)).graph.initializers.get("2.weight") as Tensor);
    const [before, after] = [await weights(path), await weights(out)];
    const threshold = before.map(Math.abs).sort((a, b) => b - a)[63]!;
    assert.deepEqual(after, before.map((weight) => Math.abs(weight) >= threshold ? weight : 0));
  });
});

Deno.test("sparsify by a pattern leaves n of every m neighbours, and a .safetensors of it is small", async () => {
  await withModel(async (path, folder) => {
    const [onnx, small] = [`${folder}/sparse.onnx`, `${folder}/sparse.safetensors`];
    await typed("sparsify", path, onnx, "--pattern", "1:4");
    const { graph } = await loadModel(onnx);
    const weight = numbersOf(graph.initializers.get("2.weight") as Tensor);
    for (let i = 0; i < weight.length; i += 4) {
      assert.equal(weight.slice(i, i + 4).filter((value) => value !== 0).length, 1);
    }
    await typed("sparsify", path, small, "--sparsity", "0.9");
    assert.match((await typed("inspect", small)).out, /^all +6 +368 +403 /m);
  });
});
