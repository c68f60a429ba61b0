import assert from "node:assert/strict";
import { decodeJpeg, isJpeg } from "../../lib/formats/jpeg.ts";
import { underLimits } from "../limits.ts";
import { fixture } from "./fixtures.ts";

Deno.test("grey images have one channel; what is no JPEG is told by its first bytes", async () => {
  const file = fixture("smooth_grey.jpg");
  const image = await decodeJpeg(file);
  const { width, height, channels, data } = image;
  assert.deepEqual([channels, data.length], [1, width * height]);
  assert.ok(new Set(data).size > 10);
  // A comment, which may hold what looks like a frame of three components, and bytes that fill.
  const comment = [0xff, 0xfe, 0, 12, 0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1, 3, 0xff, 0xff];
  const longer = Uint8Array.of(...file.subarray(0, 2), ...comment, ...file.subarray(2));
  assert.deepEqual(await decodeJpeg(longer), image);
  assert.deepEqual([fixture("smooth.jpg"), fixture("rgb.png"), new Uint8Array()].map(isJpeg), [
    true,
    false,
    false,
  ]);
});

Deno.test("an image that is cut off, damaged or too large is an error, not a grey picture", async () => {
  const file = fixture("smooth.jpg");
  const said = (message: RegExp) => ({ name: "SyntaxError", message });
  const cut = /^Cannot read s\.jpg: expected the end marker of a JPEG image; the file may be cut off/;
  await assert.rejects(decodeJpeg(file.subarray(0, file.length - 2), "s.jpg"), said(cut));
  const damaged = Uint8Array.of(...file.subarray(0, 20), 0xff, 0xd9);
  await assert.rejects(
    decodeJpeg(damaged, "s.jpg"),
    said(/^Cannot read s\.jpg: expected a JPEG image, but /),
  );
  await underLimits({ pixels: 4 }, async () => {
    await assert.rejects(
      decodeJpeg(file, "s.jpg"),
      said(/expected an image of at most 4 pixels; if it is meant/),
    );
  });
});
