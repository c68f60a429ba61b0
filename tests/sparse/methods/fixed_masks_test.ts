import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import type { Weight } from "../../../lib/nn/weights.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64, type Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { maskOfNonZeros } from "../../../lib/sparse/mask_bits.ts";
import { magnitudeMasks, maskWeights } from "../../../lib/sparse/masks.ts";
import { fixedMasks } from "../../../lib/sparse/methods/fixed_masks.ts";
import { nmMasks } from "../../../lib/sparse/nm_masks.ts";
import { fit } from "../../../lib/train/fit.ts";
import { withEngine } from "../../train/engines.ts";

const weightOf = (model: Model, name: string) => model.graph.initializers.get(name) as Tensor;

withEngine(
  "fixed masks hold while a network trains, and what they do not name trains on",
  "native",
  async (runtime) => {
    const model = mlp({ sizes: [8, 16, 4] });
    const random = seededRandom(6);
    const data = {
      inputs: float32(Array.from({ length: 320 }, () => random.normal()), [40, 8]),
      targets: int64(Array.from({ length: 40 }, () => random.integer(4))),
    };
    const mask = (await nmMasks(model))["0.weight"]!;
    const own = { "0.weight": mask };
    const seen: unknown[] = [];
    const { model: trained, masks } = await fit(model, data, {
      epochs: 3,
      runtime,
      sparsify: fixedMasks(own),
      watch: { everySteps: 1, look: ({ masks }) => void seen.push(masks) },
    });
    assert.deepEqual(seen, [own, own, own]);
    assert.deepEqual(masks, own);
    assert.deepEqual(maskOfNonZeros(mask.dims, weightOf(trained, "0.weight").data as Float32Array), mask);
    const free = weightOf(trained, "2.weight").data as Float32Array;
    assert.ok(free.every((w, i) => w !== 0 && w !== weightOf(model, "2.weight").data[i]));
    // A checkpoint is of one run: other masks are another one.
    const other = { "0.weight": { ...mask, bits: mask.bits.toReversed() } };
    assert.notEqual(fixedMasks(own).name, fixedMasks(other).name);
  },
);

withEngine(
  "masks hold in frozen weights that have their zeros, also when a run resumes",
  "native",
  async (runtime) => {
    const dense = mlp({ sizes: [3, 4, 2] });
    const masks = magnitudeMasks(dense, 0.5);
    const model = maskWeights(dense, masks);
    const data = { inputs: float32([1, 2, 3, 3, 1, 2], [2, 3]), targets: int64([0, 1]) };
    const folder = await Deno.makeTempDir();
    const settings = {
      epochs: 2,
      runtime,
      freeze: ({ name }: Weight) => name === "0.weight",
      checkpoint: `${folder}/run.safetensors`,
      sparsify: fixedMasks(masks),
    };
    const once = await fit(model, data, settings);
    const again = await fit(model, data, settings);
    for (const run of [once, again]) {
      assert.deepEqual(run.masks, masks);
      assert.deepEqual(maskWeights(run.model, masks).toOnnx(), run.model.toOnnx());
    }
    await Deno.remove(folder, { recursive: true });
    const free = { ...settings, checkpoint: undefined };
    await assert.rejects(fit(dense, data, free), { name: "TypeError", message: /mask the model first/ });
    const strange = { ...free, sparsify: fixedMasks({ ...masks, strange: maskOfNonZeros([1], [0]) }) };
    await assert.rejects(fit(model, data, strange), {
      name: "TypeError",
      message: /"strange", which is no weight/,
    });
  },
);
