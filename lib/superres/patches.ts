import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { Tensor } from "../tensor/tensor.ts";
import { digestOf } from "../files/digest.ts";
import type { Image } from "../formats/image.ts";
import { type Random, seededRandom } from "../random.ts";
import type { BatchSource } from "../train/batches.ts";

/** An image and what it looks like at low resolution: sides `scale` times shorter, the same channels. */
export interface ImagePair {
  /** Image at high resolution. */
  readonly hr: Image;
  /** Image at low resolution. */
  readonly lr: Image;
}

/** Settings of {@linkcode patches}. */
export interface PatchOptions {
  /** Side of `hr` over side of `lr`, in pixels. */
  scale: number;
  /** Pairs of patches in a batch. Default 16. */
  batchSize?: number | undefined;
  /** Side of the low-resolution patch, in pixels. Default 48. */
  size?: number | undefined;
  /** Batches that make an epoch. Default 1,000. */
  stepsPerEpoch?: number | undefined;
  /** Seed of the choice of patches. Default 0. */
  seed?: number | undefined;
  /** The model's input. Default `"input"`. */
  input?: string | undefined;
  /** The loss's target. Default `"expected"`. */
  target?: string | undefined;
}

/** Names of {@linkcode PatchOptions}. */
const PATCH_OPTIONS: OptionNames<PatchOptions> = {
  scale: true,
  batchSize: true,
  size: true,
  stepsPerEpoch: true,
  seed: true,
  input: true,
  target: true,
};

/**
 * Batches of random patches to train super-resolution on: any image, any place on the low-resolution grid,
 * in any of the eight ways to turn and mirror a square. Inputs are float32 [batch, C, size, size] and targets
 * [batch, C, scale · size, scale · size], from 0 to 1.
 *
 * A batch is a function of the seed, the epoch and the step. Two runs with the same seed see the same
 * patches, and so does one that was interrupted.
 *
 * @param pairs images, or functions that read one when it is drawn, for sets that are larger than memory
 * @throws {RangeError} where there are no images, or an image is smaller than a patch; TypeError where a
 * image's sides are not `scale` times those of its low-resolution copy
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { imresize } from "./resample.ts";
 *
 * const hr = { width: 24, height: 24, channels: 1, data: new Uint8Array(576).fill(128) };
 * const source = patches([{ hr, lr: imresize(hr, 1 / 2) }], { scale: 2, batchSize: 4, size: 8 });
 * const { inputs, targets } = await source.batch(0, 0);
 * assert.deepEqual(inputs.input!.dims, [4, 1, 8, 8]);
 * assert.deepEqual(targets.expected!.dims, [4, 1, 16, 16]);
 * ```
 */
export function patches(
  pairs: readonly (ImagePair | (() => ImagePair | Promise<ImagePair>))[],
  options: PatchOptions,
): BatchSource {
  requireOptions("patches", options, PATCH_OPTIONS);
  const {
    scale,
    batchSize = 16,
    size = 48,
    stepsPerEpoch = 1000,
    seed = 0,
    input = "input",
    target = "expected",
  } = options;
  if (pairs.length === 0) {
    throw new RangeError("Cannot make patches of no images: expected at least one pair");
  }
  requireNumbers("make patches", { scale, batchSize, size, stepsPerEpoch }, COUNT);
  const sides = { scale, size };
  pairs.forEach((pair, index) => typeof pair === "function" || requirePair(pair, index, sides));
  const settings = JSON.stringify({ scale, batchSize, size, stepsPerEpoch, seed, input, target });
  return {
    stepsPerEpoch,
    async digest() {
      const parts: (string | Uint8Array)[] = [settings];
      for (const entry of pairs) {
        const { hr, lr } = typeof entry === "function" ? await entry() : entry;
        parts.push(...[hr, lr].flatMap((image) => [`${image.width} ${image.height}`, image.data]));
      }
      return digestOf(parts);
    },
    async batch(epoch, step) {
      const random = seededRandom(seed, "patches", epoch, step);
      const chosen = Array.from({ length: batchSize }, () => random.integer(pairs.length));
      const drawn = await Promise.all(chosen.map((index) => readPair(pairs[index]!, index, sides)));
      const { lr, hr } = batchOf(drawn, random, sides);
      return { inputs: { [input]: lr }, targets: { [target]: hr } };
    },
  };
}

/** Side of a low-resolution patch, and how many times that of its high-resolution one is. */
interface Sides {
  scale: number;
  size: number;
}

async function readPair(
  pair: ImagePair | (() => ImagePair | Promise<ImagePair>),
  index: number,
  sides: Sides,
): Promise<ImagePair> {
  if (typeof pair !== "function") return pair;
  const read = await pair();
  requirePair(read, index, sides);
  return read;
}

/** A patch of each pair, from a place that is drawn: [batch, C, side, side], from 0 to 1. */
function batchOf(
  pairs: readonly ImagePair[],
  random: Random,
  { scale, size }: Sides,
): { lr: Tensor; hr: Tensor } {
  const { channels } = pairs[0]!.hr;
  const zeros = (side: number) => new Float32Array(pairs.length * channels * side ** 2);
  const [low, high] = [zeros(size), zeros(scale * size)];
  for (const [index, pair] of pairs.entries()) {
    if (pair.hr.channels !== channels) {
      throw new TypeError(
        `Cannot put patches with ${channels} and ${pair.hr.channels} channels into one batch: ` +
          `expected images that are all grey or all in colour`,
      );
    }
    const place = drawPlace(random, pair.lr, size);
    copy(pair.lr, low, { index, place, scale: 1, side: size });
    copy(pair.hr, high, { index, place, scale, side: size * scale });
  }
  const tensor = (data: Float32Array, side: number) =>
    new Tensor("float32", data, [pairs.length, channels, side, side]);
  return { lr: tensor(low, size), hr: tensor(high, size * scale) };
}

/** Where a patch lies at low resolution, and how it is turned. */
interface Place {
  left: number;
  top: number;
  mirrored: boolean;
  flipped: boolean;
  transposed: boolean;
}

function drawPlace(random: Random, { width, height }: Image, size: number): Place {
  const [left, top] = [random.integer(width - size + 1), random.integer(height - size + 1)];
  const turn = random.integer(8);
  return { left, top, mirrored: (turn & 1) > 0, flipped: (turn & 2) > 0, transposed: (turn & 4) > 0 };
}

/** Copies a patch of `side` pixels into place `index` of a batch, as numbers from 0 to 1. */
function copy(
  image: Image,
  batch: Float32Array,
  { index, place, scale, side }: { index: number; place: Place; scale: number; side: number },
): void {
  const { channels, data, width } = image;
  const [left, top] = [place.left * scale, place.top * scale];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [across, down] = place.transposed ? [y, x] : [x, y];
      const column = left + (place.mirrored ? side - 1 - across : across);
      const row = top + (place.flipped ? side - 1 - down : down);
      for (let c = 0; c < channels; c++) {
        batch[((index * channels + c) * side + y) * side + x] = data[(row * width + column) * channels + c]! /
          255;
      }
    }
  }
}

function requirePair({ hr, lr }: ImagePair, index: number, { scale, size }: Sides): void {
  if (hr.width !== lr.width * scale || hr.height !== lr.height * scale || hr.channels !== lr.channels) {
    const show = ({ width, height, channels }: Image) => `${width} × ${height} × ${channels}`;
    throw new TypeError(
      `Cannot make patches of pair ${index}: ${show(hr)} at high and ${show(lr)} at low resolution; ` +
        `expected sides ${scale} times as long and as many channels (see cropToMultiple)`,
    );
  }
  if (lr.width < size || lr.height < size) {
    throw new RangeError(
      `Cannot make patches of pair ${index}: ${lr.width} × ${lr.height} pixels at low resolution are fewer than ` +
        `a patch of ${size} × ${size}; leave the image out or make patches smaller`,
    );
  }
}
