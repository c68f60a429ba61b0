import { requireNumbers } from "../bounds.ts";
import { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { type AxisWeights, resampleAxis, toBytes } from "../data/images/resample_axis.ts";
import type { Image } from "../formats/image.ts";
import { sizesOf } from "./convert_image.ts";

/** A smaller scale leaves no pixel, or asks for more neighbours of each than any image has. */
const LEAST = 1e-6;

/**
 * An image enlarged or shrunk by bicubic interpolation, as MATLAB's `imresize` does it: Keys' kernel with
 * a = −½, widened when shrinking so that nothing aliases, edges mirrored, rows filtered before columns. Sides
 * become ⌈side · scale⌉ pixels long.
 *
 * An `Image` is rounded to bytes after either pass, as MATLAB's uint8 is: low-resolution benchmark images are
 * made so. A float32 tensor [N, C, H, W] is not rounded. Libraries that resize otherwise (OpenCV, Pillow:
 * another a, no widening) give other pixels, and PSNR measured on those is not comparable.
 *
 * Source: R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 1981.
 *
 * @param scale new size over old size, such as 1/2 or 3
 * @throws {RangeError} for a scale that is no number from 1e-6; TypeError for a tensor that holds no images
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const ramp = { width: 4, height: 1, channels: 1, data: Uint8Array.of(0, 80, 160, 240) };
 * assert.deepEqual([...imresize(ramp, 1 / 2).data], [37, 203]);
 * ```
 */
export function imresize(image: Image, scale: number): Image;
/** Resizes images as MATLAB's `imresize` does, float32 [N, C, H, W], without rounding. */
export function imresize(image: Tensor, scale: number): Tensor;
export function imresize(image: Image | Tensor, scale: number): Image | Tensor {
  requireNumbers("resize an image", { scale }, { from: LEAST });
  return "dims" in image ? resizeFloat(image, scale) : resizeBytes(image, scale);
}

function resizeBytes({ width, height, channels, data }: Image, scale: number): Image {
  const rows = weightsOf(height, scale);
  const columns = weightsOf(width, scale);
  const tall = resampleAxis(data, { outer: 1, inner: width * channels }, rows);
  const small = resampleAxis(toBytes(tall), { outer: rows.length, inner: channels }, columns);
  return { width: columns.length, height: rows.length, channels, data: toBytes(small) };
}

function resizeFloat(image: Tensor, scale: number): Tensor {
  const [count, channels, height, width] = sizesOf(image, "resize images");
  const rows = weightsOf(height, scale);
  const columns = weightsOf(width, scale);
  const tall = resampleAxis(floats(image), { outer: count * channels, inner: width }, rows);
  const small = resampleAxis(tall, { outer: count * channels * rows.length, inner: 1 }, columns);
  return new Tensor("float32", new Float32Array(small), [count, channels, rows.length, columns.length]);
}

/** How one axis of `from` pixels is resampled. */
function weightsOf(from: number, scale: number): AxisWeights {
  // 255 · (1/3) may come out a little above 85.
  const length = Math.ceil(from * scale - 1e-9);
  const stretch = Math.min(scale, 1);
  const width = 4 / stretch;
  const taps = Math.ceil(width) + 2;
  const indices = new Int32Array(length * taps);
  const weights = new Float64Array(length * taps);
  for (let j = 0; j < length; j++) {
    // Centres of pixels, counted from 1 as in MATLAB.
    const centre = (j + 1) / scale + 0.5 * (1 - 1 / scale);
    const first = Math.floor(centre - width / 2);
    let sum = 0;
    for (let t = 0; t < taps; t++) sum += weights[j * taps + t] = keys(stretch * (centre - first - t));
    for (let t = 0; t < taps; t++) {
      weights[j * taps + t]! /= sum;
      indices[j * taps + t] = mirrored(first + t - 1, from);
    }
  }
  return { from, length, taps, indices, weights };
}

/** Keys' cubic kernel with a = −½. */
function keys(distance: number): number {
  const t = Math.abs(distance);
  if (t <= 1) return (1.5 * t - 2.5) * t * t + 1;
  return t <= 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** The index that a place beyond the edge stands for: … 1 0 | 0 1 … n−1 | n−1 n−2 … */
function mirrored(index: number, length: number): number {
  const place = ((index % (2 * length)) + 2 * length) % (2 * length);
  return place < length ? place : 2 * length - 1 - place;
}
