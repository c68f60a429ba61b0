import { TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withoutBorder } from "./crop.ts";

/** Settings of {@linkcode psnr} and `ssim`. */
export interface MetricOptions {
  /** Pixels on each side that do not count: customarily the scale. Default 0. */
  border?: number | undefined;
}

/**
 * Peak signal-to-noise ratio in dB of images from 0 to 1: −10 log₁₀ of the mean squared difference, over
 * all pixels and channels. Equal images have Infinity.
 *
 * Published numbers are of luma, of outputs rounded to bytes, without a border of the scale:
 * `psnr(luma(output), luma(original), { border: scale })`.
 *
 * @throws {TypeError} unless both are float32 [N, C, H, W] of one shape; RangeError for a border that leaves
 * nothing
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../tensor/tensor.ts";
 *
 * const [black, grey] = [0, 0.1].map((level) => float32([level, level], [1, 1, 1, 2]));
 * assert.ok(Math.abs(psnr(black!, grey!) - 20) < 1e-6);
 * ```
 */
export function psnr(image: Tensor, reference: Tensor, options: MetricOptions = {}): number {
  requireOptions("psnr", options, { border: true });
  const { border = 0 } = options;
  const [a, b] = comparable(image, reference, border);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return -10 * Math.log10(sum / a.length);
}

/** The numbers of two images without their borders. */
function comparable(a: Tensor, b: Tensor, border: number): [Float32Array, Float32Array] {
  requireSameShape(a, b);
  return [a, b].map((image) => withoutBorder(image, border).data) as [Float32Array, Float32Array];
}

/** Throws a TypeError unless two images can be compared pixel by pixel. */
export function requireSameShape(a: Tensor, b: Tensor): void {
  if (a.dims.join() !== b.dims.join()) {
    throw new TypeError(
      `Cannot compare images of shapes [${a.dims}] and [${b.dims}]: expected the same; ` +
        `cropToMultiple brings an original to the size of its enlarged copy`,
    );
  }
}
