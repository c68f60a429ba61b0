import assert from "node:assert/strict";
import { decodeCifar } from "../../lib/formats/cifar.ts";
import { gunzip } from "../../lib/formats/archives/gunzip.ts";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { decodeNpy } from "../../lib/formats/npy.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { dataFile } from "../data.ts";
import { withEngine } from "../train/engines.ts";
import { tagged } from "../tags.ts";

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const TEST_BATCH = "cifar10/test_batch_exact1017.bin.gz";

/** The exact test images, normalised as the checkpoints want them. */
async function testBatch() {
  const { images, labels } = decodeCifar(await gunzip(await Deno.readFile(dataFile(TEST_BATCH)!)));
  const pixels = Float32Array.from(images.data as Uint8Array, (value, i) => {
    const channel = Math.floor(i / 1024) % 3;
    return (value / 255 - MEAN[channel]!) / DEVIATION[channel]!;
  });
  return { inputs: float32(pixels, [labels.size, 3, 32, 32]), targets: int64(numbersOf(labels)) };
}

/** Depth, checkpoint, right answers among the 1,017 exact test images as an independent program counted them. */
const PRETRAINED = [[20, "resnet20-12fca82f", ".th", 932], [20, "resnet20-12fca82f", ".safetensors", 932], [
  56,
  "resnet56-4bfd9763",
  ".th",
  943,
]] as const;

for (const [depth, name, suffix, right] of PRETRAINED) {
  const path = dataFile(`resnet/${name}${suffix}`);
  withEngine(
    tagged(
      `ResNet-${depth} with the weights of ${name}${suffix} gives the reference logits and accuracy`,
      "slow",
    ),
    "native",
    async (runtime) => {
      const model = loadWeights(resnetCifar({ depth }), await loadCheckpoint(path!));
      const data = await testBatch();
      const session = await runtime.session(model);
      const input = float32((data.inputs.data as Float32Array).subarray(0, 64 * 3072), [64, 3, 32, 32]);
      const { logits } = await session.run({ input });
      await session.release();
      const reference = await Deno.readFile(
        dataFile(`resnet/reference/${name}.logits.test_exact_first64.npy`)!,
      );
      assertClose(numbersOf(logits!), numbersOf(decodeNpy(reference)), REORDERED_FLOAT32, "logits");
      const { accuracy, examples } = await evaluate(model, data, { runtime });
      assert.equal(examples, 1017);
      assert.equal(Math.round(accuracy! * examples), right);
    },
    { ignore: !path },
  );
}

const learned = (model: Model) =>
  weightsOf(model).filter(({ role }) => role !== "statistic").reduce(
    (sum, { tensor }) => sum + tensor.size,
    0,
  );

Deno.test("the ResNets have the parameters of the paper's table 6", () => {
  const millions = [20, 32, 44, 56, 110].map((depth) => learned(resnetCifar({ depth: depth as 20 })) / 1e6);
  assert.deepEqual(millions.map((count) => Number(count.toFixed(2))), [0.27, 0.46, 0.66, 0.85, 1.73]);
});

Deno.test("option B adds two convolutions with their norms", () => {
  const added = learned(resnetCifar({ shortcut: "B" })) - learned(resnetCifar({ shortcut: "A" }));
  assert.equal(added, 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64);
});

Deno.test("ResNet-20 costs 40.55 M multiply-accumulates an image, VGG-16 313 M", () => {
  // Convolutions: 3·9·16·32² + stages of 6 each, and the linear layer, by hand.
  const stage = (c: number, size: number, first = c) => (9 * first * c + 5 * 9 * c * c) * size * size;
  const byHand = 27 * 16 * 1024 + 6 * 9 * 16 * 16 * 1024 + stage(32, 16, 16) + stage(64, 8, 32) + 640;
  assert.equal(countMacs(resnetCifar(), { inputShapes: { input: [1, 3, 32, 32] } }).macs, byHand);
  const { macs } = countMacs(vggBn(), { inputShapes: { input: [1, 3, 32, 32] } });
  assert.equal(Math.round(macs / 1e6), 313);
});

Deno.test("initial weights have the deviation their rule asks for, and follow the seed", () => {
  const tensorOf = (seed: number) =>
    resnetCifar({ seed }).graph.initializers.get("layer3.1.conv1.weight") as ReturnType<typeof float32>;
  const values = numbersOf(tensorOf(1));
  const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
  assert.ok(Math.abs(variance / (2 / (64 * 9)) - 1) < 0.03, `${variance}`);
  assert.deepEqual(tensorOf(1).data, tensorOf(1).data);
  assert.notDeepEqual(tensorOf(1).data, tensorOf(2).data);
});

withEngine("every network of the zoo runs", "native", async (runtime) => {
  const input = float32(new Float32Array(2 * 3072), [2, 3, 32, 32]);
  const narrow: [number, number, number, number, number] = [4, 4, 8, 8, 8];
  for (
    const model of [
      resnetCifar({ depth: 32, shortcut: "B", classes: 7, widths: [4, 6, 9] }),
      resnetCifar({ widths: [3, 6, 11], classes: 7 }),
      ...[11, 13, 16, 19].map((depth) => vggBn({ depth: depth as 11, classes: 7, widths: narrow })),
    ]
  ) {
    const session = await runtime.session(model);
    assert.deepEqual((await session.run({ input })).logits!.dims, [2, 7]);
    await session.release();
  }
});

Deno.test("the zoo says which depths there are", () => {
  assert.throws(() => resnetCifar({ depth: 21 as 20 }), {
    name: "RangeError",
    message: /depth 21: expected 6n \+ 2/,
  });
  assert.throws(() => vggBn({ depth: 12 as 11 }), {
    name: "RangeError",
    message: /depth 12: expected 11, 13, 16, 19/,
  });
  assert.throws(() => resnetCifar({ widths: [16, 8, 4] }), {
    name: "RangeError",
    message: /use shortcut "B"/,
  });
});
