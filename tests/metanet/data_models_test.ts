import assert from "node:assert/strict";
import { trainDataModel } from "../../lib/metanet/data_models.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { inFolder } from "../in_folder.ts";

const data = {
  inputs: float32(Array.from({ length: 24 }, (_, i) => Math.sin(i * i)), [8, 3]),
  targets: int64([0, 1, 0, 1, 1, 0, 0, 1]),
};
const training = { epochs: 2, batchSize: 4 };
const build = (seed: number) => mlp({ sizes: [3, 8, 8, 2], seed });
const weights = ({ graph }: Model) =>
  [...graph.initializers].map(([name, tensor]) => [name, numbersOf(tensor as Tensor)]);

Deno.test("a data model is the network of its seed, trained with it", async () => {
  const { model } = await fit(build(3), data, { ...training, seed: 3 });
  assert.deepEqual(weights(await trainDataModel(build, data, 3, { training })), weights(model));
});

Deno.test("initial pruning takes the same part of every layer, and a finished model is read back", () =>
  inFolder(async (folder) => {
    const settings = { training, initial: { macs: 0.5, training: { epochs: 1, batchSize: 4 } }, folder };
    const model = await trainDataModel(build, data, 3, settings);
    const [first, second] = ["0.weight", "2.weight"].map((name) =>
      model.graph.initializers.get(name)!.dims[0]
    );
    assert.equal(first, second);
    assert.ok(countMacs(model).macs <= 0.5 * countMacs(build(3)).macs);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.equal(files.filter((name) => /^data-model-[0-9a-f]{16}\.safetensors$/.test(name)).length, 2);
    const before = files.map((name) => Deno.statSync(`${folder}/${name}`).mtime!.getTime());
    assert.deepEqual(weights(await trainDataModel(build, data, 3, settings)), weights(model));
    assert.deepEqual(
      files.map((name) => Deno.statSync(`${folder}/${name}`).mtime!.getTime()),
      before,
      "nothing is trained again",
    );
    await trainDataModel(build, data, 3, { ...settings, about: "other data" });
    assert.equal([...Deno.readDirSync(folder)].filter(({ name }) => /^data-model/.test(name)).length, 4);
  }));
