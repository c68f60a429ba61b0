import assert from "node:assert/strict";
import { crop } from "../../lib/formats/crop.ts";

/** Samples that say where they are: 100 · row + 10 · column + channel. */
const image = {
  width: 4,
  height: 2,
  channels: 2,
  data: Uint8Array.from(
    { length: 16 },
    (_, i) => 100 * Math.floor(i / 8) + 10 * (Math.floor(i / 2) % 4) + i % 2,
  ),
};

Deno.test("a rectangle has the samples of its place", () => {
  const part = crop(image, { left: 1, top: 0, width: 2, height: 2 });
  assert.deepEqual(part, {
    width: 2,
    height: 2,
    channels: 2,
    data: Uint8Array.of(10, 11, 20, 21, 110, 111, 120, 121),
  });
  assert.deepEqual(crop(image, { left: 0, top: 0, width: 4, height: 2 }), image);
});

Deno.test("a rectangle beyond the image, or of no pixels, is an error", () => {
  const whole = { left: 0, top: 0, width: 4, height: 2 };
  for (const wrong of [{ left: 1 }, { top: 1 }, { left: -1 }, { width: 0 }, { height: 1.5 }, { top: NaN }]) {
    assert.throws(() => crop(image, { ...whole, ...wrong }), { name: "RangeError" }, JSON.stringify(wrong));
  }
  assert.throws(() => crop(image, { ...whole, left: 2 }), {
    message: "Cannot crop 4 × 2 pixels at column 2, row 0 from an image of 4 × 2",
  });
});
