import { equal, throws } from "node:assert/strict";
import { luma, roundedLuma } from "../../lib/superres/luma.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

Deno.test("luma: black, white and grey of BT.601, rounded or not", () => {
  const rgb = (r: number, g: number, b: number) => ({
    width: 1,
    height: 1,
    channels: 3,
    data: Uint8Array.of(r, g, b),
  });
  const levels = (r: number, g: number, b: number) => Number(luma(rgb(r, g, b)).data[0]) * 255;
  // ITU-R BT.601: 16 … 235, with red, green and blue at 81.481, 144.553 and 40.966.
  assertClose(
    [levels(0, 0, 0), levels(255, 255, 255), levels(255, 0, 0), levels(0, 255, 0), levels(0, 0, 255)],
    [16, 235, 81.481, 144.553, 40.966],
    REORDERED_FLOAT32,
  );
  equal(roundedLuma(rgb(255, 0, 0)).data[0], 81);
  const grey = { width: 1, height: 1, channels: 1, data: Uint8Array.of(100) };
  equal(roundedLuma(grey).data[0], 100);
  assertClose(
    [Number(luma(grey, { grey: "colour" }).data[0])],
    [(16 + 219 * 100 / 255) / 255],
    REORDERED_FLOAT32,
  );
});

Deno.test("an image with an alpha channel has no luma", () => {
  const alpha = { width: 1, height: 1, channels: 4, data: new Uint8Array(4) };
  throws(() => luma(alpha), /4 channels: expected grey or RGB/);
});
