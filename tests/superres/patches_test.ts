import { deepEqual, equal, notDeepEqual, rejects, throws } from "node:assert/strict";
import type { Image } from "../../lib/formats/image.ts";
import { patches } from "../../lib/superres/patches.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { imresize } from "../../lib/superres/resample.ts";

const textures = proceduralTextures({ count: 3, size: 24, seed: 5 });
const pairs = textures.map((hr) => ({ hr, lr: imresize(hr, 1 / 2) }));

/** An image whose every pixel tells its own place, in two channels; at low resolution, that of its first pixel. */
function places(width: number, height: number, step = 1): Image {
  const data = new Uint8Array(width * height * 2);
  for (let i = 0; i < width * height; i++) {
    data[2 * i] = (i % width) * step;
    data[2 * i + 1] = Math.floor(i / width) * step;
  }
  return { width, height, channels: 2, data };
}

Deno.test("both patches show the same place, turned the same way, and all eight ways occur", async () => {
  const pair = { hr: places(40, 30), lr: places(20, 15, 2) };
  const source = patches([pair], { scale: 2, size: 6, batchSize: 64, stepsPerEpoch: 2 });
  const { inputs, targets } = await source.batch(0, 0);
  const [lr, hr] = [inputs.input!, targets.expected!].map(({ data }) =>
    (data as Float32Array).map((v) => v * 255)
  );
  const ways = new Set<string>();
  const lefts = new Set<number>();
  for (let i = 0; i < 64; i++) {
    /** Column and row that a pixel of patch i came from. */
    const from = (patch: Float32Array, side: number, x: number, y: number) =>
      [0, 1].map((c) => Math.round(patch[((i * 2 + c) * side + y) * side + x]!)) as [number, number];
    const [origin, right, down] = [from(lr!, 6, 0, 0), from(lr!, 6, 1, 0), from(lr!, 6, 0, 1)];
    ways.add([right[0] - origin[0], right[1] - origin[1], down[0] - origin[0], down[1] - origin[1]].join());
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        const [column, row] = from(lr!, 6, x, y);
        const block = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([u, v]) => from(hr!, 12, 2 * x + u!, 2 * y + v!));
        equal(Math.min(...block.map(([c]) => c)), column);
        equal(Math.min(...block.map(([, r]) => r)), row);
        lefts.add(column);
      }
    }
  }
  equal(ways.size, 8);
  equal(lefts.size, 20, "patches reach all columns, the last too");
});

Deno.test("a batch is a function of seed, epoch and step alone", async () => {
  const options = { scale: 2, size: 8, batchSize: 4, stepsPerEpoch: 10 };
  const first = await patches(pairs, options).batch(2, 7);
  const source = patches(pairs, options);
  await source.batch(2, 6);
  deepEqual(await source.batch(2, 7), first);
  notDeepEqual(await source.batch(2, 6), first);
  notDeepEqual(await source.batch(1, 7), first);
  notDeepEqual(await patches(pairs, { ...options, seed: 1 }).batch(2, 7), first);
  const read = patches(pairs.map((pair) => () => Promise.resolve(pair)), options);
  deepEqual(await read.batch(2, 7), first, "images that are read when they are drawn");
});

Deno.test("images that do not fit are refused with a sentence", async () => {
  const [pair] = pairs;
  throws(() => patches([], { scale: 2 }), /no images/);
  throws(
    () => patches(pairs, { scale: 2, size: 13 }),
    /pair 0: 12 × 12 pixels at low resolution are fewer than/,
  );
  throws(() => patches(pairs, { scale: 3 }), /24 × 24 × 1 at high and 12 × 12 × 1.*expected sides 3 times/);
  throws(() => patches(pairs, { scale: 2, batchSize: 0 }), /batchSize 0: expected a whole number from 1/);
  const colour = { hr: { ...places(24, 24), channels: 2 }, lr: places(12, 12) };
  await rejects(
    async () => await patches([pair!, colour], { scale: 2, size: 4, batchSize: 32 }).batch(0, 0),
    /all grey or all in colour/,
  );
  await rejects(
    async () => await patches([() => pair!], { scale: 2, size: 13, batchSize: 1 }).batch(0, 0),
    RangeError,
  );
});
