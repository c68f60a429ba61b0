import { deepEqual, equal, throws } from "node:assert/strict";
import { type ImageSet, normalize, subset, toExamples, toImageBatches } from "../../lib/data/image_set.ts";
import { proceduralImages } from "../../lib/data/procedural.ts";
import { int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { toBatches } from "../../lib/train/batches.ts";
import { digestData } from "../../lib/train/digest_data.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const options = { batchSize: 8, input: "x", target: "labels", shuffleSeed: 3 };

function small(): ImageSet {
  const normalization = { mean: [0.5, 0.25, 0], deviation: [0.5, 0.25, 2] };
  return { ...proceduralImages({ train: 20, test: 0, seed: 1 }).train, normalization };
}

Deno.test("normalisation is (pixel / 255 − mean) / deviation, channel by channel", () => {
  const set = small();
  const { mean, deviation } = set.normalization;
  const expected = [...set.images.data as Uint8Array].map((pixel, i) => {
    const channel = Math.floor(i / 1024) % 3;
    return (pixel / 255 - mean[channel]!) / deviation[channel]!;
  });
  assertClose(normalize(set.images, set.normalization).data as Float32Array, expected, REORDERED_FLOAT32);
  throws(() => normalize(set.images, { mean: [0], deviation: [1] }), {
    name: "TypeError",
    message: /one of each/,
  });
});

Deno.test("batches normalised one by one are those of the whole set", async () => {
  const set = small();
  const whole = toBatches(toExamples(set), options);
  const lazy = toImageBatches(set, options);
  equal(lazy.stepsPerEpoch, whole.stepsPerEpoch);
  for (const step of [0, 1, 2]) deepEqual(await lazy.batch(2, step), await whole.batch(2, step));
});

Deno.test("lazy batches are told apart by every pixel and label, and by how they are normalised", async () => {
  const set = small();
  const labels = int64(numbersOf(set.labels).with(19, 3));
  const images = new Tensor("uint8", (set.images.data as Uint8Array).with(-1, 255), set.images.dims);
  const normalization = { ...set.normalization, mean: [0.5, 0.25, 0.125] };
  const one = { ...options, batchSize: 1, shuffleSeed: undefined }; // the last image is not among the first
  const digests = await Promise.all(
    [set, { ...set, labels }, { ...set, images }, { ...set, normalization }].map((set) =>
      digestData(toImageBatches(set, one))
    ),
  );
  equal(new Set(digests).size, 4);
  equal(await digestData(toImageBatches(small(), one)), digests[0]);
});

Deno.test("a subset has the images and labels asked for", () => {
  const set = small();
  const part = subset(set, [5, 0]);
  deepEqual(numbersOf(part.labels), [5, 0]);
  deepEqual(part.images.data.slice(3072), set.images.data.slice(0, 3072));
  deepEqual(subset(set, 3).images.dims, [3, 3, 32, 32]);
  for (const which of [-1, 2.5, NaN, 21]) {
    throws(() => subset(set, which), {
      name: "RangeError",
      message: /^Cannot take a subset with which \S+: expected a whole number from 0 to 20$/,
    });
  }
  throws(() => subset(set, [20]), { name: "RangeError", message: /image 20 of 20/ });
});
