import { TypeError } from "../errors.ts";
import { requireOptions, requireWords } from "../options.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Image } from "../formats/image.ts";
import { toImage } from "./convert_image.ts";

/** Parts of red, green and blue in ITU-R BT.601's Y, of 255, for samples from 0 to 1; and Y of black. */
const PARTS = [65.481, 128.553, 24.966] as const;
const BLACK = 16;

/** Settings of {@linkcode luma}. */
export interface LumaOptions {
  /**
   * Meaning of a grey image: `"luma"`, its samples are Y already, as MATLAB scripts have it; or `"colour"`,
   * equal parts of red, green and blue, as programs that load everything in colour have it (BasicSR): then
   * its range shrinks to 16 … 235, and PSNR rises by 1.32 dB. Default `"luma"`.
   */
  grey?: "luma" | "colour" | undefined;
}

/**
 * Y of BT.601 in its limited range, not rounded: (16 + 65.481 R + 128.553 G + 24.966 B) / 255 for R, G, B
 * from 0 to 1. float32 [1, 1, height, width], from 16/255 to 235/255.
 *
 * @throws {TypeError} for an image with an alpha channel
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const white = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 255, 255) };
 * assert.ok(Math.abs(luma(white).data[0] as number - 235 / 255) < 1e-7);
 * ```
 */
export function luma(image: Image, options: LumaOptions = {}): Tensor {
  requireOptions("luma", options, { grey: true });
  const { grey = "luma" } = options;
  requireWords("take the luma of an image", { grey }, { grey: { luma: true, colour: true } });
  const { width, height, channels, data } = image;
  if (channels !== 1 && channels !== 3) {
    throw new TypeError(
      `Cannot take the luma of an image with ${channels} channels: expected grey or RGB; ` +
        `withoutAlpha takes an opaque alpha channel off`,
    );
  }
  const y = new Float32Array(width * height);
  // A grey sample stands for all three colours.
  const next = channels === 1 ? 0 : 1;
  for (let i = 0; i < y.length; i++) {
    const at = i * channels;
    const r = data[at]!, g = data[at + next]!, b = data[at + 2 * next]!;
    y[i] = channels === 1 && grey === "luma"
      ? r / 255
      : (BLACK + (PARTS[0] * r + PARTS[1] * g + PARTS[2] * b) / 255) / 255;
  }
  return new Tensor("float32", y, [1, 1, height, width]);
}

/** {@linkcode luma} rounded to bytes, as MATLAB's `rgb2ycbcr` gives it for uint8: a grey image. */
export function roundedLuma(image: Image, options: LumaOptions = {}): Image {
  requireOptions("roundedLuma", options, { grey: true });
  return toImage(luma(image, options));
}
