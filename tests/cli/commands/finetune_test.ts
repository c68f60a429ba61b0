import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { encodeNpy } from "../../../lib/formats/npy.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32, int64, type Tensor, uint8 } from "../../../lib/tensor/tensor.ts";
import { inFolder } from "../../in_folder.ts";
import { MODEL } from "../espalier.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("parameters in codes are counted where they are multiplied, and finetune says that it leaves them", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await saveModel(MODEL, at("model.onnx"));
    await typed("quantize", at("model.onnx"), at("q.onnx"));
    const compared = await typed("compare", at("model.onnx"), at("q.onnx"), "--runs", "0", "--json");
    const { before, after } = JSON.parse(compared.out);
    assert.equal(after.operators.Conv.parameters, before.operators.Conv.parameters);
    assert.equal(after.operators.Gemm.parameters, before.operators.Gemm.parameters);
    for (const { parameters, operators } of [before, after]) {
      const rows = Object.values(operators as Record<string, { parameters: number }>);
      assert.equal(rows.reduce((sum, row) => sum + row.parameters, 0), parameters);
    }
    await saveModel(mlp({ sizes: [64, 48, 32] }), at("mlp.onnx"));
    await typed("quantize", at("mlp.onnx"), at("mlp4.onnx"), "--bits", "4");
    const four = JSON.parse((await typed("inspect", at("mlp4.onnx"), "--json")).out);
    assert.equal(four.operators["com.microsoft:MatMulNBits"].parameters, 64 * 48 + 48 * 32);
    assert.equal(four.parameters, 64 * 48 + 48 + 48 * 32 + 32);
    const random = seededRandom(0, "images");
    const inputs = float32(Array.from({ length: 4 * 3072 }, () => random.normal()), [4, 3, 32, 32]);
    const arrays = { "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(int64([0, 1, 2, 3])) };
    await Deno.writeFile(at("data.npz"), zipSync(arrays));
    const line = ["--data", at("data.npz"), "--epochs", "1"];
    const { code, out, err } = await typed("finetune", at("q.onnx"), at("tuned.onnx"), ...line, "--json");
    assert.equal(code, 0, err);
    const { trained } = JSON.parse(out);
    // Scales and shifts of the norms, and the last layer's bias.
    assert.deepEqual(trained, { parameters: 344 + 10, of: before.parameters });
    assert.match(
      err,
      /^Trains 354 of 17,326 parameters: biases, norms .* weights in codes stay as they are/m,
    );
    assert.doesNotMatch((await typed("finetune", at("model.onnx"), at("tuned.onnx"), ...line)).err, /Trains/);
  });
});

Deno.test("finetune learns from arrays, and with --sparse leaves zeros alone", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const random = seededRandom(0, "points");
    const inputs = float32(Array.from({ length: 400 }, () => random.uniform(-1, 1)), [100, 4]);
    const data = inputs.data as Float32Array;
    const targets = int64(
      Array.from({ length: 100 }, (_, i) => data[4 * i]! < -0.3 ? 0 : data[4 * i]! < 0.3 ? 1 : 2),
    );
    const arrays = { "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(targets) };
    await Deno.writeFile(at("data.npz"), zipSync(arrays));
    const dense = await typed("finetune", path, at("tuned.onnx"), "--data", at("data.npz"), "--sparse");
    assert.deepEqual([dense.code, /^Cannot keep the zeros of .*: none of its/.test(dense.err)], [1, true]);
    await typed("sparsify", path, at("sparse.onnx"), "--sparsity", "0.5");
    const settings = ["--data", at("data.npz"), "--epochs", "30", "--batch-size", "20", "--rate", "0.1"];
    const { code, out, err } = await typed(
      ...["finetune", at("sparse.onnx"), at("tuned.onnx"), "--sparse", "--json"],
      ...settings,
    );
    assert.equal(code, 0, err);
    const { before, after } = JSON.parse(out);
    assert.ok(after.accuracy > 0.9 && before.accuracy < 0.8, out);
    const zeros = async (name: string) => {
      const { data } = (await loadModel(at(name))).graph.initializers.get("2.weight") as Tensor;
      return (data as Float32Array).reduce<number[]>(
        (list, value, i) => value === 0 ? [...list, i] : list,
        [],
      );
    };
    assert.equal((await zeros("tuned.onnx")).length, 128); // of 16·16
    assert.deepEqual(await zeros("tuned.onnx"), await zeros("sparse.onnx"));
  });
});

Deno.test("finetune learns from a label or a number for each pixel, and names the losses that there are", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const g = new GraphBuilder("pixels");
    const random = seededRandom(0, "pixels");
    const drawn = (dims: number[]) =>
      float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);
    g.output(
      g.node("Conv", [g.input("x", "float32", ["N", 2, 4, 4]), g.parameter("w", drawn([3, 2, 1, 1]))])[0]!,
      "y",
    );
    await saveModel(g.model(), at("model.onnx"));
    const inputs = drawn([32, 2, 4, 4]);
    const x = inputs.data as Float32Array;
    const classes = Array.from(
      { length: 32 * 16 },
      (_, i) => x[Math.floor(i / 16) * 32 + i % 16]! > 0 ? 2 : 0,
    );
    const parts = Array.from({ length: 32 * 48 }, (_, i) => x[Math.floor(i / 48) * 32 + i % 16]! > 0 ? 1 : 0);
    const ways = {
      "cross-entropy": uint8(classes, [32, 4, 4]),
      "binary-cross-entropy": float32(parts, [32, 3, 4, 4]),
      "squared-error": float32(parts, [32, 3, 4, 4]),
      "absolute-error": float32(parts, [32, 3, 4, 4]),
    };
    for (const [loss, targets] of Object.entries(ways)) {
      const arrays = { "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(targets) };
      await Deno.writeFile(at("data.npz"), zipSync(arrays));
      const line = [
        "--data",
        at("data.npz"),
        "--loss",
        loss,
        "--epochs",
        "20",
        "--batch-size",
        "8",
        "--json",
      ];
      const { code, out, err } = await typed("finetune", at("model.onnx"), at("tuned.onnx"), ...line);
      assert.equal(code, 0, err);
      const { before, after } = JSON.parse(out);
      assert.ok(after.loss < before.loss, `${loss}: ${before.loss}, then ${after.loss}`);
      assert.equal(typeof after.accuracy, loss === "cross-entropy" ? "number" : "undefined");
    }
    const { code, err } = await typed(
      "finetune",
      at("model.onnx"),
      at("t.onnx"),
      "--data",
      at("data.npz"),
      "--loss",
      "mse",
    );
    assert.notEqual(code, 0);
    assert.match(
      err,
      /Cannot read --loss mse: expected one of cross-entropy, binary-cross-entropy, squared-error, absolute-error/,
    );
  });
});
