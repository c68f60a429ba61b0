/** What EDSR, SwinIR and the small network have in common: sizes, costs, and images of any size. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { edsr } from "../../lib/nn/edsr.ts";
import { edsrTiny } from "../../lib/nn/edsr_tiny.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { swinir, SWINIR_TINY } from "../../lib/nn/swinir.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, sizeOf } from "../../lib/tensor/tensor.ts";
import { patches } from "../../lib/superres/patches.ts";
import { toRgb } from "../../lib/superres/convert_image.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { fit } from "../../lib/train/fit.ts";
import { meanAbsoluteError } from "../../lib/train/losses.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { withEngine } from "../train/engines.ts";
import { tagged } from "../tags.ts";

/** Multiply-accumulates per low-resolution pixel, from the architecture: behind a shuffle by r lie r² pixels. */
const edsrMacs = (features: number, blocks: number, scale: 2 | 3 | 4) => {
  const square = 9 * features ** 2;
  const upsample = { 2: 4 * square, 3: 9 * square, 4: 4 * square * (1 + 4) }[scale];
  return 27 * features + (2 * blocks + 1) * square + upsample + 27 * features * scale ** 2;
};
/** Every weight once, and in each of 24 blocks queries and values with the 64 pixels of a window. */
const swinirMacs = (weights: number) => weights + 24 * 2 * 64 * 60;

/**
 * By network: parameters, weights of convolutions and linear layers, how many such layers (an independent count from
 * the architecture), and multiply-accumulates per low-resolution pixel.
 */
const COUNTS: [Model, parameters: number, weights: number, layers: number, macs: number][] = [
  [swinir({ scale: 2 }), 910_152, 861_300, 103, swinirMacs(861_300)],
  [swinir({ scale: 3 }), 918_267, 869_400, 103, swinirMacs(869_400)],
  [swinir({ scale: 4 }), 929_628, 880_740, 103, swinirMacs(880_740)],
  [edsr({ scale: 2 }), 1_369_859, 1_367_424, 36, edsrMacs(64, 16, 2)],
  [edsr({ scale: 3 }), 1_554_499, 1_551_744, 36, edsrMacs(64, 16, 3)],
  [edsr({ scale: 4 }), 1_517_571, 1_514_880, 37, edsrMacs(64, 16, 4)],
  [edsr({ scale: 2, variant: "L" }), 40_729_603, 40_711_680, 68, edsrMacs(256, 32, 2)],
  [edsr({ scale: 3, variant: "L" }), 43_680_003, 43_660_800, 68, edsrMacs(256, 32, 3)],
  [edsr({ scale: 4, variant: "L" }), 43_089_923, 43_070_976, 69, edsrMacs(256, 32, 4)],
];

for (const [model, parameters, weights, layers, macs] of COUNTS) {
  Deno.test(`${model.graph.name}: parameters, weights, layers and multiply-accumulates to the unit`, () => {
    const prunable = weightsOf(model).filter(({ role }) => role === "weight");
    equal(prunable.length, layers);
    equal(prunable.reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0), weights);
    deepEqual(countMacs(model, { inputShapes: { input: [1, 3, 64, 64] } }), {
      macs: macs * 64 ** 2,
      parameters,
    });
    const { shape } = model.graph.values.get("output")!;
    deepEqual(shape, ["N", 3, ...["H", "W"].map((side) => `${model.graph.name.at(-1)}*${side}`)]);
  });
}

Deno.test("parameters have the names of BasicSR's checkpoints", () => {
  const names = (model: Model) => weightsOf(model).map(({ name }) => name);
  deepEqual(
    names(edsr({ scale: 4, blocks: 1, features: 4 })),
    [
      "conv_first",
      "body.0.conv1",
      "body.0.conv2",
      "conv_after_body",
      "upsample.0",
      "upsample.2",
      "conv_last",
    ].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
  );
  const block = "layers.0.residual_group.blocks.0";
  deepEqual(names(swinir({ ...SWINIR_TINY, depths: [1] })), [
    ...["conv_first", "patch_embed.norm", `${block}.norm1`, `${block}.attn.qkv`].flatMap((name) => [
      `${name}.weight`,
      `${name}.bias`,
    ]),
    `${block}.attn.relative_position_bias_table`,
    ...[
      `${block}.attn.proj`,
      `${block}.norm2`,
      `${block}.mlp.fc1`,
      `${block}.mlp.fc2`,
      "layers.0.conv",
      "norm",
      "conv_after_body",
      "upsample.0",
    ].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
  ]);
});

Deno.test("a checkpoint of SwinIR loads, with the indices and masks that PyTorch stores beside weights", () => {
  const [model, other] = [0, 1].map((seed) => swinir({ ...SWINIR_TINY, seed })) as [Model, Model];
  const block = "layers.1.residual_group.blocks.1";
  const checkpoint = {
    ...Object.fromEntries(weightsOf(other).map(({ name, tensor }) => [name, tensor])),
    [`${block}.attn.relative_position_index`]: int64(new Array(4096).fill(0), [64, 64]),
    [`${block}.attn_mask`]: float32(new Float32Array(4096), [1, 64, 64]),
  };
  deepEqual(loadWeights(model, checkpoint).toOnnx(), other.toOnnx());
});

Deno.test("settings that no network has are refused with a sentence", () => {
  throws(() => edsr({ scale: 5 as 4 }), /EDSR with scale 5: expected 2, 3 or 4/);
  throws(() => edsr({ variant: "XL" as "L" }), RangeError);
  throws(
    () => swinir({ heads: 7 }),
    /60 features, 7 heads and windows of 8: expected a whole scale, heads that/,
  );
  throws(() => swinir({ window: 7 }), RangeError);
});

const TRAINED: [name: string, build: () => Model][] = [
  ["EDSR", () => edsr({ features: 8, blocks: 2 })],
  ["EDSR L", () => edsr({ variant: "L", scale: 4, features: 8, blocks: 2 })],
  ["SwinIR", () => swinir({ ...SWINIR_TINY, scale: 3, depths: [2] })],
  ["edsrTiny in colour", () => edsrTiny({ channels: 3, scale: 3 })],
];

for (const engine of ["native", "wasm"] as const) {
  for (const [name, build] of TRAINED) {
    withEngine(tagged(`${name} trains`, "slow"), engine, async (runtime) => {
      const model = build();
      const scale = Number(String(model.graph.values.get("output")!.shape![2]).split("*")[0]);
      const hr = toRgb(proceduralTextures({ count: 1, size: 12 * scale, seed: 4 })[0]!);
      // The same whole image in each step, turned differently: the loss falls.
      const source = patches([{ hr, lr: imresize(hr, 1 / scale) }], {
        scale,
        size: 12,
        batchSize: 2,
        stepsPerEpoch: 4,
      });
      const { history } = await fit(model, source, {
        runtime,
        epochs: 4,
        loss: meanAbsoluteError(),
        optimizer: adamW({ weightDecay: 0 }),
        schedule: constantRate(1e-3),
      });
      equal(history.at(-1)!.loss < 0.97 * history[0]!.loss, true, JSON.stringify(history));
    });
  }
}
