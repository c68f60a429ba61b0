import assert from "node:assert/strict";
import { decodeJpeg, isJpeg } from "../../lib/formats/jpeg.ts";
import { underLimits } from "../limits.ts";
import { fixture } from "./fixtures.ts";

Deno.test("grey images have three equal channels; what is no JPEG is told by its first bytes", async () => {
  const { channels, data } = await decodeJpeg(fixture("smooth_grey.jpg"));
  assert.equal(channels, 3);
  assert.ok(data.every((value, i) => value === data[i - i % 3]) && new Set(data).size > 10);
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
