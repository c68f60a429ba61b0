import { deepEqual, equal, notDeepEqual, ok, throws } from "node:assert/strict";
import { black, cropAndFlip } from "../../lib/data/images/augment.ts";
import { type ImageSet, normalize, subset, toExamples, toImageBatches } from "../../lib/data/image_set.ts";
import { proceduralImages } from "../../lib/data/procedural.ts";
import { numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { toBatches } from "../../lib/train/batches.ts";
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

Deno.test("a subset has the images and labels asked for", () => {
  const set = small();
  const part = subset(set, [5, 0]);
  deepEqual(numbersOf(part.labels), [5, 0]);
  deepEqual(part.images.data.slice(3072), set.images.data.slice(0, 3072));
  deepEqual(subset(set, 3).images.dims, [3, 3, 32, 32]);
  throws(() => subset(set, [20]), { name: "RangeError", message: /image 20 of 20/ });
});

Deno.test("a crop is a window of the image in its margin, mirrored or not", async () => {
  // Every sample has a value of its own, so a window can be found again.
  const images = new Tensor("float32", Float32Array.from({ length: 40 * 2 * 6 * 5 }, (_, i) => i + 1), [
    40,
    2,
    6,
    5,
  ]);
  const fill = [-1, -2];
  const augment = cropAndFlip({ padding: 2, fill });
  const run = (seed: number) => augment({ inputs: { x: images }, targets: {} }, seededRandom(seed));
  const { inputs } = await run(7);
  const seen = new Set<string>();
  for (let image = 0; image < 40; image++) {
    const found = windows(images.data as Float32Array, image, fill).filter(({ data }) =>
      data.every((value, i) => value === inputs.x!.data[image * 60 + i])
    );
    equal(found.length, 1, `image ${image} is one window`);
    seen.add(found[0]!.what);
  }
  ok(seen.size > 15, `${seen.size} different windows of 50`);
  for (const mirrored of ["true", "false"]) ok([...seen].some((what) => what.endsWith(mirrored)), mirrored);
  deepEqual(await run(7), { inputs, targets: {} });
  notDeepEqual(await run(8), { inputs, targets: {} });
});

/** Every window that cropping may show, made with a padded copy. */
function windows(samples: Float32Array, image: number, fill: number[]): { what: string; data: number[] }[] {
  const at = (channel: number, y: number, x: number) =>
    y < 0 || y > 5 || x < 0 || x > 4 ? fill[channel]! : samples[((image * 2 + channel) * 6 + y) * 5 + x]!;
  const offsets = [-2, -1, 0, 1, 2];
  return offsets.flatMap((down) =>
    offsets.flatMap((right) =>
      [false, true].map((mirrored) => {
        const rows = [0, 1].flatMap((channel) =>
          [0, 1, 2, 3, 4, 5].map((y) => [0, 1, 2, 3, 4].map((x) => at(channel, y + down, x + right)))
        );
        return {
          what: `${down} ${right} ${mirrored}`,
          data: rows.flatMap((row) => mirrored ? row.toReversed() : row),
        };
      })
    )
  );
}

Deno.test("black is what a black pixel becomes", () => {
  const set = small();
  const pixels = new Tensor("uint8", new Uint8Array(3), [1, 3, 1, 1]);
  assertClose(
    normalize(pixels, set.normalization).data as Float32Array,
    black(set.normalization),
    REORDERED_FLOAT32,
  );
});

Deno.test("procedural images: the same seed, the same images; more of them begin alike; classes in equal parts", () => {
  const few = proceduralImages({ train: 20, test: 10, seed: 5 });
  const more = proceduralImages({ train: 40, test: 10, seed: 5 });
  deepEqual(subset(more.train, 20), few.train);
  notDeepEqual(few.train.images.data.slice(0, 3072), few.test.images.data.slice(0, 3072));
  notDeepEqual(proceduralImages({ train: 20, test: 10, seed: 6 }).train.images.data, few.train.images.data);
  deepEqual(numbersOf(few.test.labels), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("procedural images: no class shows in the average of its pixels", () => {
  // Averages over a class of 300 lie within a few standard errors of the overall average.
  const { images, labels } = proceduralImages({ train: 3000, test: 0, seed: 2 }).train;
  const brightness = Array.from({ length: 10 }, () => 0);
  numbersOf(labels).forEach((label, i) => {
    const image = (images.data as Uint8Array).subarray(i * 3072, (i + 1) * 3072);
    brightness[label]! += image.reduce((sum, sample) => sum + sample, 0) / 3072 / 300;
  });
  const mean = brightness.reduce((sum, level) => sum + level, 0) / 10;
  ok(brightness.every((level) => Math.abs(level - mean) < 10), `${brightness.map(Math.round)}`);
});
