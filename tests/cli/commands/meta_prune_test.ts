import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { encodeNpy } from "../../../lib/formats/npy.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { metaPrune } from "../../../lib/metanet/meta_prune.ts";
import { metanetworkFor } from "../../../lib/metanet/metanetwork_for.ts";
import { saveMetanetwork } from "../../../lib/metanet/metanetwork_file.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { meanSquaredError } from "../../../lib/train/losses.ts";
import { multiStep } from "../../../lib/train/schedules.ts";
import { inFolder } from "../../in_folder.ts";
import { MODEL } from "../espalier.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("meta-prune writes a model of the part that is asked for, and says what changed", async () => {
  await inFolder(async (folder) => {
    const [path, out, net] = [`${folder}/in.onnx`, `${folder}/out.onnx`, `${folder}/net.safetensors`];
    await saveModel(MODEL, path);
    await saveMetanetwork(metanetworkFor(MODEL, { hidden: 4 }), net);
    const line = ["meta-prune", path, out, "--metanetwork", net, "--macs", "50%", "--json"];
    const { code, out: said, err } = await typed(...line);
    assert.equal(code, 0, err);
    const { before, after } = JSON.parse(said);
    assert.equal(before.macs, countMacs(MODEL).macs);
    assert.equal(after.macs, countMacs(await loadModel(out)).macs);
    assert.ok(after.macs <= 0.5 * before.macs && after.macs > 0.4 * before.macs);
  });
});

Deno.test("meta-prune needs a metanetwork and a part", async () => {
  for (const rest of [["--macs", "0.5"], ["--metanetwork", "m.safetensors", "--macs", "1G"]]) {
    assert.deepEqual(await typed("meta-prune", "in.onnx", "out.onnx", ...rest), {
      code: 2,
      out: "",
      err: "Cannot prune by a metanetwork: name it with --metanetwork, and a part with --macs, as 0.5",
    });
  }
});

Deno.test("what meta-prune fine-tunes by is typed, and goes on from its checkpoint", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const model = await loadModel(path);
    const metanetwork = metanetworkFor(model, { hidden: 2, layers: 1 });
    await saveMetanetwork(metanetwork, at("net.safetensors"));
    const inputs = float32(Array.from({ length: 80 }, (_, i) => Math.sin(i)), [20, 4]);
    const targets = float32(Array.from({ length: 60 }, (_, i) => Math.cos(i)), [20, 3]);
    await Deno.writeFile(
      at("data.npz"),
      zipSync({ "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(targets) }),
    );
    const files = ["--metanetwork", at("net.safetensors"), "--data", at("data.npz")];
    const how = [
      "--epochs",
      "2",
      "--rate",
      "0.1",
      "--batch-size",
      "8",
      "--seed",
      "3",
      "--loss",
      "squared-error",
    ];
    const line = [...files, "--macs", "0.5", ...how, "--checkpoint", at("run.safetensors")];
    const { code, err } = await typed("meta-prune", path, at("out.onnx"), ...line);
    assert.equal(code, 0, err);
    const { model: expected } = await metaPrune(model, metanetwork, {
      macs: 0.5,
      data: { inputs, targets },
      seed: 3,
      finetune: {
        epochs: 2,
        schedule: multiStep({ rate: 0.1, milestones: [0.6, 0.9] }),
        batchSize: 8,
        loss: meanSquaredError(),
      },
    });
    const written = await loadModel(at("out.onnx"));
    assert.deepEqual(written.graph.initializers, expected.graph.initializers);
    const again = await typed("meta-prune", path, at("again.onnx"), ...line);
    assert.match(again.err, /resumed/);
    assert.deepEqual(await Deno.readFile(at("again.onnx")), await Deno.readFile(at("out.onnx")));
  });
});
