import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { loadCheckpoint } from "../../../lib/formats/load_checkpoint.ts";
import { encodeNpy } from "../../../lib/formats/npy.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { mask } from "../../../lib/prune/mask.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { meanAbsoluteError, meanSquaredError } from "../../../lib/train/losses.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { inFolder } from "../../in_folder.ts";
import { readData } from "../../../lib/cli/read_data.ts";
import { type ExampleSource, toBatches } from "../../../lib/train/batches.ts";
import { writeImages } from "../../data/image_folders.ts";
import { espalier, MODEL } from "../espalier.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("the short form prunes: half of the MACs, and the function of the masked model", async () => {
  await inFolder(async (folder) => {
    await saveModel(MODEL, `${folder}/in.onnx`);
    const { code, out, err } = await espalier(folder, "in.onnx", "out.onnx", "--macs", "0.5");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Keeps 4\d\.\d % of MACs/);
    assert.match(out, /^MACs +[\d,]+ +[\d,]+ +0\.4\d+$/m);
    assert.match(out, /^Wrote out\.onnx$/m);
    const smaller = await loadModel(`${folder}/out.onnx`);
    assert.ok(countMacs(smaller).macs <= 0.5 * countMacs(MODEL).macs);
    const random = seededRandom(1, "image");
    const input = float32(Array.from({ length: 3072 }, () => random.normal()), [1, 3, 32, 32]);
    const masked = mask(MODEL, planPruning(MODEL, { target: { macs: 0.5 } }));
    const [given, expected] = [await runModel(smaller, { input }), await runModel(masked, { input })];
    assertClose(
      [...given.logits!.data as Float32Array],
      [...expected.logits!.data as Float32Array],
      REORDERED_FLOAT32,
    );
  });
});

Deno.test("amounts are parts of what the model takes now", async () => {
  await withModel(async (path) => {
    const json = async (...args: string[]) => JSON.parse((await typed(path, ...args, "--json")).out);
    const [half, percent, amount] = [
      await json("--macs", "0.5"),
      await json("--macs", "50%"),
      await json("--macs", "0.184k"), // of 4·16 + 16·16 + 16·3 = 368
    ];
    assert.equal(half.before.macs, 368);
    assert.ok(half.after.macs <= 184 && half.after.macs > 100);
    assert.deepEqual([percent.after.macs, amount.after.macs], [half.after.macs, half.after.macs]);
    assert.deepEqual(half.groups.map(({ name }: { name: string }) => name), ["0.weight", "2.weight"]);
    assert.match(
      (await typed(path, "--macs", "1k")).err,
      /^Cannot prune to 1k of macs: the model takes only 0\.368k already; ask for less$/,
    );
  });
});

Deno.test("what cannot be kept is said in the unit that was typed", async () => {
  await withModel(async (path) => {
    const sentence = async (...args: string[]) => (await typed(path, ...args)).err;
    assert.match(
      await sentence("--macs", "0.005k"),
      /^Cannot keep only 0\.005k of macs: .* leaves 8; ask/,
    );
    assert.match(
      await sentence("--macs", "10G"),
      /^Cannot prune to 10G of macs: the model takes only 368 already; ask for less$/,
    );
    assert.match(await sentence("--bytes", "300KB"), /takes only [\d.]+KB already; ask for less$/);
    assert.match(await sentence("--parameters", "70K"), /takes only 0\.403K already; ask for less$/);
    assert.match(
      await sentence("--bytes", "0.1kB"),
      /^Cannot keep only 0\.1kB of bytes: .* leaves 0?\.?[\d.]+kB; ask/,
    );
    const slow = await sentence("--latency", "0.0000001ms");
    assert.match(
      slow,
      /^Cannot keep only 0\.0000001ms of latency: .* measured at [\d.e-]+(ms)?; ask for more/m,
    );
  });
});

Deno.test("bytes are the size of the file, in the plan, in the table and on disk", async () => {
  await inFolder(async (folder) => {
    const g = new GraphBuilder("filled");
    const filled = (...dims: number[]) =>
      g.node("ConstantOfShape", [g.constant(int64(dims))], {
        value: { type: "tensor", value: float32([0.5]) },
      })[0]!;
    const hidden = g.relu(g.matMul(g.input("x", "float32", ["N", 40]), filled(40, 64)));
    g.output(g.matMul(hidden, filled(64, 30)), "y");
    const models = { plain: mlp({ sizes: [4, 16, 16, 3] }), filled: g.model() };
    for (const [name, model] of Object.entries(models)) {
      const [path, out] = [`${folder}/${name}.onnx`, `${folder}/${name}-small.onnx`];
      await saveModel(model, path);
      for (
        const target of [["--bytes", "0.8"], ["--macs", "0.5"], ["--bytes", "8kB"], ["--bytes", "1.4kB"]]
      ) {
        const { code, out: said, err } = await typed(path, out, ...target);
        if (code === 1) {
          assert.match(err, /^Cannot (keep only|prune to)/, `${name} ${target}`);
          continue;
        }
        const kept = Number(/([\d.]+) % of bytes/.exec(said)![1]);
        const [, before, after] = /^bytes +([\d,]+) +([\d,]+) /m.exec(said)!;
        const [all, left] = [before!, after!].map((text) => Number(text.replaceAll(",", "")));
        const { size } = await Deno.stat(out);
        assert.equal(left, size, `${name} ${target}`);
        assert.equal((100 * left! / all!).toFixed(1), kept.toFixed(1));
        if (target[1]!.endsWith("kB")) assert.ok(size <= 1000 * parseFloat(target[1]!));
        assert.equal(/^bytes count all weights as stored/m.test(said), name === "filled");
      }
    }
    // Smaller than what is asked for, as a file that computes its weights.
    assert.match(
      (await typed(`${folder}/filled.onnx`, "--bytes", "15kB")).err,
      /^Cannot prune to 15kB of bytes: the model takes only [\d.]+kB already; ask for less$/,
    );
  });
});

Deno.test("--loss names what taylor takes gradients of, where the targets are no classes", async () => {
  await inFolder(async (folder) => {
    const random = seededRandom(0, "regression");
    const numbers = (...dims: number[]) =>
      float32(Array.from({ length: dims[0]! * dims[1]! }, () => random.normal()), dims);
    const model = mlp({ sizes: [6, 12, 3], seed: 1 });
    const [inputs, targets] = [numbers(32, 6), numbers(32, 3)];
    await saveModel(model, `${folder}/in.onnx`);
    await Deno.writeFile(
      `${folder}/data.npz`,
      zipSync({ "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(targets) }),
    );
    const data = { inputs, targets };
    const settings = { target: { macs: 0.5 }, criterion: "taylor", data } as const;
    const files = ["in.onnx", "out.onnx", "data.npz"].map((name) => `${folder}/${name}`);
    const [given, out, npz] = files as [string, string, string];
    const line = [given, out, "--macs", "0.5", "--criterion", "taylor", "--data", npz];
    const losses = { "squared-error": meanSquaredError, "absolute-error": meanAbsoluteError };
    const found: number[][] = [];
    for (const [name, loss] of Object.entries(losses)) {
      const { code, err } = await typed(...line, "--loss", name);
      assert.equal(code, 0, err);
      const plan = await planPruning(model, { ...settings, loss: loss() });
      const written = await loadModel(out);
      assert.deepEqual(written.graph.initializers, prune(model, plan).graph.initializers);
      found.push(plan.groups[0]!.removed);
    }
    assert.notDeepEqual(found[0], found[1]);
    // Without it they would have to be labels.
    const { code, err } = await typed(...line);
    assert.equal(code, 1);
    assert.match(err, /^Cannot .*targets?/);
  });
});

Deno.test("--weights writes what PyTorch needs beside the pruned model", async () => {
  await withModel(async (path, folder) => {
    const weights = ["--macs", "0.5", "--weights", `${folder}/half.pth`];
    const wrote = `Wrote ${folder}/half.pth, and what was cut in ${folder}/half.json`;
    const alone = await typed(path, ...weights);
    assert.deepEqual([alone.code, alone.out.split("\n").at(-1)], [0, wrote]);
    assert.doesNotMatch(alone.out, /Nothing was written/);
    const { code, out } = await typed(path, `${folder}/half.onnx`, ...weights);
    assert.deepEqual([code, out.split("\n").slice(-2)], [0, [`Wrote ${folder}/half.onnx`, wrote]]);
    const json = JSON.parse((await typed(path, ...weights, "--json")).out);
    assert.deepEqual([json.out, json.weights, json.cuts], [
      undefined,
      `${folder}/half.pth`,
      `${folder}/half.json`,
    ]);
    assert.match((await typed(path, "--macs", "0.5")).out, /^Nothing was written: name a file/m);
    const { "2.weight": weight } = await loadCheckpoint(`${folder}/half.pth`);
    const { tensors } = JSON.parse(await Deno.readTextFile(`${folder}/half.json`));
    assert.deepEqual(tensors["2.weight"].shape, weight!.dims);
    const { dims } = (await loadModel(`${folder}/half.onnx`)).graph.initializers.get("2.weight")!;
    assert.deepEqual(weight!.dims, dims);
  });
});

Deno.test("weights alone of a quantized model are refused before anything is written", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await saveModel(mlp({ sizes: [64, 48, 32] }), at("model.onnx"));
    assert.equal((await typed("quantize", at("model.onnx"), at("q.onnx"))).code, 0);
    const refused = [
      ["convert", at("q.onnx"), at("q.pth")],
      ["prune", at("q.onnx"), at("half.onnx"), "--macs", "0.5", "--weights", at("half.pth")],
    ];
    for (const line of refused) {
      const { code, err } = await typed(...line);
      assert.match(err, /^Cannot save the weights of .* alone: .* holds codes \(u?int8\)/);
      assert.equal(code, 1);
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["model.onnx", "q.onnx"]);
  });
});

Deno.test("channels are ranked by images in folders as by the same images in arrays", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await saveModel(MODEL, at("model.onnx"));
    await writeImages(at("images"), { classes: ["a", "b"], train: 3, val: 1 });
    const { train } = await readData(MODEL, { data: at("images") });
    const batches = toBatches(train as ExampleSource, { batchSize: 6, input: "input", target: "labels" });
    const { inputs: { input }, targets: { labels } } = await batches.batch(0, 0);
    const arrays = { inputs: input!, targets: labels! };
    const files = Object.entries(arrays).map(([name, tensor]) => [`${name}.npy`, encodeNpy(tensor)]);
    await Deno.writeFile(at("data.npz"), zipSync(Object.fromEntries(files)));
    for (const criterion of ["wanda", "taylor"]) {
      const planned = async (data: string) => {
        const line = ["--macs", "0.5", "--criterion", criterion, "--data", at(data), "--json"];
        const { code, out, err } = await typed(at("model.onnx"), ...line);
        assert.equal(code, 0, err);
        const { after, before, groups } = JSON.parse(out);
        assert.ok(after.macs <= 0.5 * before.macs);
        return groups;
      };
      assert.deepEqual(await planned("images"), await planned("data.npz"));
    }
  });
});
