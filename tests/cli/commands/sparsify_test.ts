import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import { type AnyTensor, float32, numbersOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { inFolder } from "../../in_folder.ts";
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

/** A product with one weight, stored or in a node, in a folder of its own. */
async function withProduct(
  weight: AnyTensor,
  { inNode = false }: { inNode?: boolean },
  test: (at: (name: string) => string) => Promise<void>,
): Promise<void> {
  const g = new GraphBuilder("product");
  const w = inNode
    ? g.node("Constant", [], { value: { type: "tensor", value: weight } })[0]!
    : g.parameter("w", weight);
  const x = g.input("x", "float32", ["N", weight.dims[0]!]);
  const cast = (value: string) => g.node("Cast", [value], { to: { type: "int", value: 1 } })[0]!;
  g.output(g.matMul(x, weight.type === "float32" ? w : cast(w)), "y");
  await inFolder(async (folder) => {
    await saveModel(g.model(), `${folder}/model.onnx`);
    await test((name) => `${folder}/${name}`);
  });
}

Deno.test("weights in nodes and halves are sparsified, to both kinds of files", async () => {
  const values = [0.5, -4, 0.125, 2, -0.25, 8, 1, -0.0625];
  const halves = new Tensor("float16", new Uint16Array(Float16Array.from(values).buffer), [4, 2]);
  for (
    const [weight, inNode] of [[float32(values, [4, 2]), true], [halves, false], [halves, true]] as const
  ) {
    await withProduct(weight, { inNode }, async (at) => {
      for (const out of ["sparse.onnx", "sparse.safetensors"]) {
        const { code, err } = await typed("sparsify", at("model.onnx"), at(out), "--sparsity", "0.5");
        assert.equal(code, 0, err);
        assert.equal((await typed("convert", at(out), at("again.onnx"))).code, 0);
        const { tensor } = weightsOf(await loadModel(at("again.onnx")))[0]!;
        assert.equal(tensor.type, weight.type);
        assert.deepEqual(numbersOf(tensor).map(Math.abs), [0, 4, 0, 2, 0, 8, 1, 0]);
      }
    });
  }
});

Deno.test("a model of which nothing can become zero is no success, and what stays whole is named", async () => {
  const bfloat16 = { type: "bfloat16", dims: [4, 2], bytes: new Uint8Array(16).fill(0x3f) } as const;
  await withProduct(bfloat16, {}, async (at) => {
    const { code, err } = await typed("sparsify", at("model.onnx"), at("out.onnx"), "--sparsity", "0.5");
    assert.match(
      err,
      /^Cannot sparsify .*: none of its weights can become zero; w stays as it is: bfloat16 is not computed/,
    );
    assert.equal(code, 1);
    await assert.rejects(Deno.stat(at("out.onnx")), Deno.errors.NotFound);
  });
  await withProduct(float32([1, 2, 3, 4, 5, 6], [3, 2]), {}, async (at) => {
    const { code, err } = await typed("sparsify", at("model.onnx"), at("out.onnx"), "--pattern", "2:4");
    assert.match(
      err,
      /none of its weights can become zero; w stays as it is: the pattern has no whole groups/,
    );
    assert.equal(code, 1);
  });
  await withModel(async (path, folder) => {
    // Of the layers [16, 4], [16, 16] and [3, 16], eights divide the sums of two.
    const { out } = await typed("sparsify", path, `${folder}/out.onnx`, "--pattern", "4:8", "--json");
    const { layers, whole } = JSON.parse(out);
    assert.deepEqual(layers.map(({ name }: { name: string }) => name), ["2.weight", "4.weight"]);
    assert.deepEqual(whole.map(({ name }: { name: string }) => name), ["0.weight"]);
    const told = (await typed("sparsify", path, `${folder}/out.onnx`, "--pattern", "3:16")).out;
    assert.match(told, /^0\.weight stays as before: the pattern has no whole groups/m);
  });
});

Deno.test("settings of sparsify are looked at before the model", async () => {
  for (
    const [sentence, ...settings] of [
      [/name either --sparsity/],
      [/^Cannot read --sparsity 2/, "--sparsity", "2"],
      [/^Cannot read --pattern 4:2/, "--pattern", "4:2"],
      [/^Cannot read --scope all/, "--sparsity", "0.5", "--scope", "all"],
    ] as const
  ) {
    const { code, err } = await typed("sparsify", "missing.onnx", "out.onnx", ...settings);
    assert.match(err, sentence);
    assert.equal(code, 2);
  }
});
