import { deepEqual, notDeepEqual, ok } from "node:assert/strict";
import { subset } from "../../lib/data/image_set.ts";
import { proceduralImages } from "../../lib/data/procedural.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";

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
