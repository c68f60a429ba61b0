import { COUNT, requireNumbers } from "../../bounds.ts";
import type { Image } from "../../formats/image.ts";
import { type AxisWeights, resampleAxis, toBytes } from "./resample_axis.ts";

/** Weights are whole multiples of this, so that sums are exact and bytes the same on every machine. */
const UNIT = 2 ** -22;

/**
 * An image in another size by linear interpolation, widened when it shrinks so that nothing aliases; columns
 * first, bytes in between. The bytes are those of Pillow's `resize` with `BILINEAR`, which torchvision's
 * transforms use, and published ImageNet accuracies are measured on.
 *
 * @throws RangeError unless both sides are whole numbers from 1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const ramp = { width: 4, height: 1, channels: 1, data: Uint8Array.of(0, 80, 160, 240) };
 * assert.deepEqual([...resizeBilinear(ramp, { width: 2, height: 1 }).data], [57, 183]);
 * ```
 */
export function resizeBilinear(
  { width, height, channels, data }: Image,
  to: { width: number; height: number },
): Image {
  requireNumbers("resize an image", { width: to.width, height: to.height }, COUNT);
  const wide = resampleAxis(data, { outer: height, inner: channels }, triangle(width, to.width));
  const small = resampleAxis(
    toBytes(wide),
    { outer: 1, inner: to.width * channels },
    triangle(height, to.height),
  );
  return { ...to, channels, data: toBytes(small) };
}

/**
 * A triangle as wide as two output pixels, or two input pixels where those are larger; cut off at the edges.
 */
function triangle(from: number, length: number): AxisWeights {
  const scale = from / length;
  const reach = Math.max(1, scale);
  const taps = 2 * Math.ceil(reach) + 1;
  const indices = new Int32Array(length * taps);
  const weights = new Float64Array(length * taps);
  for (let j = 0; j < length; j++) {
    const centre = (j + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const count = Math.min(from, Math.floor(centre + reach + 0.5)) - first;
    const heights = Array.from(
      { length: count },
      (_, t) => Math.max(0, 1 - Math.abs((first + t - centre + 0.5) / reach)),
    );
    const sum = heights.reduce((a, b) => a + b, 0);
    heights.forEach((height, t) => {
      indices[j * taps + t] = first + t;
      weights[j * taps + t] = Math.floor(height / sum / UNIT + 0.5) * UNIT;
    });
  }
  return { from, length, taps, indices, weights };
}
