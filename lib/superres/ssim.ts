import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { withoutBorder } from "./crop.ts";
import { type MetricOptions, requireSameShape } from "./psnr.ts";

/** Side of the window, and the deviation of its Gaussian, in pixels. */
const SIDE = 11;
const DEVIATION = 1.5;

/** (0.01)² and (0.03)², for images from 0 to 1. */
const C1 = 1e-4;
const C2 = 9e-4;

/**
 * Structural similarity of images from 0 to 1, at most 1: the mean over channels and over all places where
 * a Gaussian window of 11 × 11 pixels (deviation 1.5) lies inside the image.
 *
 * Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
 * visibility to structural similarity", IEEE TIP 2004, equation 13.
 *
 * @throws {TypeError} unless both are float32 [N, C, H, W] of one shape; RangeError where the window does not
 * fit in
 */
export function ssim(image: Tensor, reference: Tensor, options: MetricOptions = {}): number {
  requireOptions("ssim", options, { border: true });
  const { border = 0 } = options;
  requireSameShape(image, reference);
  const [a, b] = [image, reference].map((each) => withoutBorder(each, border)) as [Tensor, Tensor];
  const [count, channels, height, width] = a.dims as [number, number, number, number];
  if (height < SIDE || width < SIDE) {
    throw new RangeError(
      `Cannot measure SSIM on ${width} × ${height} pixels: its window needs at least ${SIDE} × ${SIDE} ` +
        `besides a border of ${border}`,
    );
  }
  const area = height * width;
  const planes = [a, b].map(floats);
  let sum = 0;
  for (let plane = 0; plane < count * channels; plane++) {
    const [x, y] = planes.map((each) => each.subarray(plane * area, (plane + 1) * area));
    sum += ofPlanes(x!, y!, width);
  }
  return sum / (count * channels);
}

function ofPlanes(x: Float32Array, y: Float32Array, width: number): number {
  const product = (a: Float32Array, b: Float32Array) => {
    const products = new Float64Array(a.length);
    for (let i = 0; i < a.length; i++) products[i] = a[i]! * b[i]!;
    return blurred(products, width);
  };
  const [meanX, meanY] = [blurred(x, width), blurred(y, width)];
  const [squareX, squareY, cross] = [product(x, x), product(y, y), product(x, y)];
  let sum = 0;
  for (let i = 0; i < meanX.length; i++) {
    const [mx, my] = [meanX[i]!, meanY[i]!];
    const covariance = cross[i]! - mx * my;
    const variances = squareX[i]! - mx * mx + squareY[i]! - my * my;
    sum += (2 * mx * my + C1) * (2 * covariance + C2) / ((mx * mx + my * my + C1) * (variances + C2));
  }
  return sum / meanX.length;
}

const WINDOW = gaussian();

function gaussian(): Float64Array {
  const window = Float64Array.from(
    { length: SIDE },
    (_, i) => Math.exp(-((i - (SIDE - 1) / 2) ** 2) / (2 * DEVIATION ** 2)),
  );
  const sum = window.reduce((a, b) => a + b);
  return window.map((value) => value / sum);
}

/** Weighted means of all windows that lie inside, columns then rows. */
function blurred(plane: Float32Array | Float64Array, width: number): Float64Array {
  const height = plane.length / width;
  const [tall, wide] = [height - SIDE + 1, width - SIDE + 1];
  const down = new Float64Array(tall * width);
  for (let y = 0; y < tall; y++) {
    for (let k = 0; k < SIDE; k++) {
      for (let x = 0; x < width; x++) down[y * width + x]! += WINDOW[k]! * plane[(y + k) * width + x]!;
    }
  }
  const across = new Float64Array(tall * wide);
  for (let y = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      let sum = 0;
      for (let k = 0; k < SIDE; k++) sum += WINDOW[k]! * down[y * width + x + k]!;
      across[y * wide + x] = sum;
    }
  }
  return across;
}
