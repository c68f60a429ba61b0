import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { decodeImage } from "../../lib/formats/decode_image.ts";
import { decodeNpz } from "../../lib/formats/npz.ts";
import { fixture } from "./fixtures.ts";

/** Grey levels between two inverse cosine transforms and colour conversions. */
const JPEG_LEVELS = 3;

const samples = decodeNpz(fixture("pillow_samples.npz"));

for (const [file, expected] of Object.entries(samples)) {
  Deno.test(`${file}: the samples that Pillow reads`, async () => {
    const { width, height, channels, data } = await decodeImage(fixture(file), file);
    deepEqual([height, width], expected.dims.slice(0, 2));
    const reference = expected.data as Uint8Array;
    if (file.endsWith(".png")) {
      equal(channels, expected.dims[2] ?? 1);
      deepEqual(data, reference);
      return;
    }
    equal(channels, expected.dims[2] ?? 1);
    equal(data.length, reference.length);
    for (const [i, other] of reference.entries()) {
      ok(Math.abs(data[i]! - other) <= JPEG_LEVELS, `sample ${i}: ${data[i]}, Pillow ${other}`);
    }
  });
}

Deno.test("JPEG: a size for which the file has no bytes is refused before memory is taken for it", async () => {
  for (const name of ["smooth.jpg", "smooth_progressive.jpg"]) {
    const file = fixture(name);
    const frame = file.findIndex((byte, i) =>
      byte === 0xff && (file[i + 1] === 0xc0 || file[i + 1] === 0xc2)
    );
    new DataView(file.buffer).setUint32(frame + 5, 1000 * 2 ** 16 + 65_000); // height, then width
    await rejects(decodeImage(file, "a.jpg"), {
      name: "SyntaxError",
      message: new RegExp(
        `^Cannot read a\\.jpg: expected at most ${512 * file.length} pixels in ${file.length} bytes`,
      ),
    });
  }
});

Deno.test("other formats are errors", async () => {
  await rejects(decodeImage(new TextEncoder().encode("GIF89a"), "x.gif"), { message: /x\.gif.*PNG or JPEG/ });
});
