import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { encodeNpy } from "../../../lib/formats/npy.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { floatTensor } from "../../../lib/tensor/float_tensor.ts";
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

/** A file of points to learn from and to judge by, of the class that their first number says, or another. */
async function writePoints(path: string, { wrong }: { wrong: boolean }): Promise<void> {
  const random = seededRandom(0, "points");
  const drawn = (count: number) =>
    float32(Array.from({ length: 4 * count }, () => random.uniform(-1, 1)), [count, 4]);
  const classOf = (points: Tensor, step: number) => {
    const data = points.data as Float32Array;
    const classes = Array.from(
      { length: points.dims[0]! },
      (_, i) => data[4 * i]! < -0.3 ? 0 : data[4 * i]! < 0.3 ? 1 : 2,
    );
    return int64(classes.map((label) => (label + step) % 3));
  };
  const [inputs, val_inputs] = [drawn(100), drawn(60)];
  const arrays = {
    inputs,
    targets: classOf(inputs, 0),
    val_inputs,
    val_targets: classOf(val_inputs, wrong ? 1 : 0),
  };
  await Deno.writeFile(
    path,
    zipSync(
      Object.fromEntries(Object.entries(arrays).map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)])),
    ),
  );
}

Deno.test("finetune writes the epoch that did best on the data to judge by, and says where it is worse", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    for (const wrong of [false, true]) {
      await writePoints(at("data.npz"), { wrong });
      const line = ["--data", at("data.npz"), "--epochs", "12", "--rate", "0.1", "--batch-size", "20"];
      const { code, out, err } = await typed("finetune", path, at("tuned.onnx"), ...line, "--json");
      assert.equal(code, 0, err);
      const { after, before, epoch, history } = JSON.parse(out);
      const scores = history.map((row: { validationAccuracy: number }) => row.validationAccuracy);
      assert.equal(scores.length, 12);
      assert.equal(epoch, 1 + scores.indexOf(Math.max(...scores)));
      assert.equal(after.accuracy, Math.max(...scores));
      // What is right for the examples that are learned from is wrong for the others: later epochs are worse.
      if (wrong) assert.ok(scores.at(-1) < after.accuracy, `${scores}`);
      const { out: told } = await typed("finetune", path, at("tuned.onnx"), ...line);
      assert.match(
        told,
        new RegExp(`^Wrote .*tuned.onnx, of epoch ${epoch} of 12, the best on these examples$`, "m"),
      );
      assert.equal(
        /^Worse than before: go on with .*model.onnx/m.test(told),
        after.accuracy < before.accuracy,
      );
    }
    // Where a run goes on from its checkpoint, the best epoch may be one of before.
    const saved = [
      "--checkpoint",
      at("run.safetensors"),
      "--data",
      at("data.npz"),
      "--rate",
      "0.1",
      "--json",
    ];
    const whole = JSON.parse((await typed("finetune", path, at("a.onnx"), ...saved)).out);
    const again = JSON.parse((await typed("finetune", path, at("b.onnx"), ...saved)).out);
    assert.deepEqual([again.epoch, again.after], [whole.epoch, whole.after]);
  });
});

Deno.test("data that cannot be judged by are refused before anything is trained", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const inputs = float32(new Float32Array(16).fill(1), [4, 4]);
    const arrays = {
      inputs,
      targets: int64([0, 1, 2, 0]),
      val_inputs: inputs,
      val_targets: int64([0, 1, 2, 3]),
    };
    const files = Object.entries(arrays).map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)] as const);
    await Deno.writeFile(at("data.npz"), zipSync(Object.fromEntries(files)));
    const { code, err } = await typed("finetune", path, at("tuned.onnx"), "--data", at("data.npz"));
    assert.equal(code, 1);
    assert.doesNotMatch(err, /Training/);
  });
});

Deno.test("bfloat16 is trained and counted, and steps that rounding undoes are no success", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const g = new GraphBuilder("brain");
    const random = seededRandom(0, "brain");
    const numbers = Array.from({ length: 12 }, () => random.normal());
    const weight = g.parameter("w", floatTensor("bfloat16", numbers, [4, 3]));
    const cast = g.node("Cast", [weight], { to: { type: "int", value: 1 } })[0]!;
    g.output(g.matMul(g.input("x", "float32", ["N", 4]), cast), "y");
    await saveModel(g.model(), at("model.onnx"));
    await writePoints(at("data.npz"), { wrong: false });
    const tune = (rate: string) =>
      typed(
        "finetune",
        at("model.onnx"),
        at("tuned.onnx"),
        "--data",
        at("data.npz"),
        "--rate",
        rate,
        "--json",
      );
    const { code, out, err } = await tune("0.1");
    assert.equal(code, 0, err);
    assert.doesNotMatch(err, /Trains/);
    const { trained, before, after } = JSON.parse(out);
    assert.deepEqual(trained, { parameters: 12, of: 12 });
    assert.ok(after.accuracy > before.accuracy, out);
    await Deno.remove(at("tuned.onnx"));
    const still = await tune("1e-9");
    assert.match(
      still.err,
      /Cannot fine-tune .* with --rate 1e-9: behind the last step .* rounded to bfloat16, are what/,
    );
    assert.equal(still.code, 1);
    await assert.rejects(Deno.stat(at("tuned.onnx")), Deno.errors.NotFound);
  });
});
