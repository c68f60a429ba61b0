import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { toImage, toTensor } from "../../lib/superres/convert_image.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const random = seededRandom(0, "images");
const bytes = (length: number) => Uint8Array.from({ length }, () => random.integer(256));

/** One pixel of a resampled line, straight from the definition: Σ k(s·(u − i)) x[i] / Σ k(s·(u − i)). */
function plainPixel(line: number[], j: number, scale: number): number {
  const stretch = Math.min(1, scale);
  const place = (j + 0.5) / scale - 0.5;
  const kernel = (distance: number) => {
    const t = Math.abs(distance);
    if (t > 2) return 0;
    return t <= 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2;
  };
  // Many mirrored copies in place of index arithmetic.
  const period = [...line, ...line.toReversed()];
  let [sum, weights] = [0, 0];
  for (let i = -period.length * 20; i < period.length * 21; i++) {
    const weight = kernel(stretch * (place - i));
    sum += weight * period[(i + period.length * 20) % period.length]!;
    weights += weight;
  }
  return sum / weights;
}

Deno.test("a line is resampled as the definition says, at any scale and for lines shorter than the kernel", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(1 / 4, 1 / 3, 1 / 2, 0.7, 1, 1.5, 2, 3, 4),
      (line, scale) => {
        const out = imresize(float32(line, [1, 1, 1, line.length]), scale);
        // The single row is resampled too, and every copy of it is the same.
        equal(out.dims[2], Math.ceil(scale));
        equal(out.dims[3], Math.ceil(line.length * scale - 1e-9));
        const expected = Array.from({ length: out.dims[3]! }, (_, j) => plainPixel(line, j, scale));
        assertClose((out.data as Float32Array).slice(0, expected.length), expected, REORDERED_FLOAT32);
      },
    ),
  );
});

Deno.test("what is flat stays flat, and scale 1 changes nothing", () => {
  const grey = { width: 7, height: 5, channels: 3, data: new Uint8Array(105).fill(77) };
  equal(imresize(grey, 1 / 3).data.every((level) => level === 77), true);
  const noise = { width: 6, height: 9, channels: 2, data: bytes(108) };
  deepEqual(imresize(noise, 1), noise);
});

Deno.test("bytes and floats differ by the rounding of either pass only", () => {
  const image = { width: 20, height: 18, channels: 3, data: bytes(1080) };
  const [rounded, exact] = [imresize(image, 1 / 2), toImage(imresize(toTensor(image), 1 / 2))];
  // Half a level before the second pass, whose weights sum to at most 1.25 in magnitude, and half a level after it.
  equal(rounded.data.every((level, i) => Math.abs(level - exact.data[i]!) <= 1), true);
  equal(rounded.data.some((level, i) => level !== exact.data[i]), true);
});

Deno.test("what cannot be resized is refused with a sentence", () => {
  const image = { width: 3, height: 3, channels: 1, data: new Uint8Array(9) };
  for (const scale of [0, -1, NaN, Infinity, 1e-10]) throws(() => imresize(image, scale), RangeError);
  deepEqual(imresize(image, 1 / 64), { ...image, width: 1, height: 1, data: new Uint8Array(1) });
  throws(
    () => imresize(float32([1, 2], [1, 2]), 2),
    /Cannot resize images of float32 \[1,2\]: expected float32/,
  );
  throws(() => imresize(int64([1], [1, 1, 1, 1]), 2), TypeError);
});
