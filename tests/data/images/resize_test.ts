import assert from "node:assert/strict";
import { resizeBilinear } from "../../../lib/data/images/resize.ts";
import type { Image } from "../../../lib/formats/image.ts";

const ramp = (width: number, height: number): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => 3 * (i % width) + 5 * Math.floor(i / width)),
});

Deno.test("an image of its own size, and one of one colour in any size, stay as they are", () => {
  assert.deepEqual(resizeBilinear(ramp(9, 7), { width: 9, height: 7 }), ramp(9, 7));
  const grey = { width: 5, height: 4, channels: 3, data: new Uint8Array(60).fill(201) };
  for (const [width, height] of [[1, 1], [13, 2], [3, 9]] as const) {
    assert.deepEqual(new Set(resizeBilinear(grey, { width, height }).data), new Set([201]));
  }
});

Deno.test("halved, pixels in the middle of a ramp are its values half way between", () => {
  const half = resizeBilinear(ramp(20, 16), { width: 10, height: 8 });
  // Output pixel j lies over inputs 2j and 2j + 1.
  const expected = (x: number, y: number) => 3 * (2 * x + 0.5) + 5 * (2 * y + 0.5);
  for (let y = 1; y < 7; y++) {
    for (let x = 1; x < 9; x++) {
      assert.ok(Math.abs(half.data[10 * y + x]! - expected(x, y)) <= 1, `${x}, ${y}`);
    }
  }
});

Deno.test("sides that are none are refused", () => {
  for (const [width, height] of [[0, 1], [1, 2.5], [NaN, 1], [-1, 1]] as const) {
    assert.throws(() => resizeBilinear(ramp(2, 2), { width, height }), {
      name: "RangeError",
      message: /^Cannot resize an image with (width|height) \S+: expected a whole number from 1$/,
    });
  }
});
