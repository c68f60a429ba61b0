import { deepEqual, equal, rejects } from "node:assert/strict";
import { encode as fastPngEncode } from "npm:fast-png@8.0.0";
import { decodeJpeg } from "../../lib/formats/jpeg.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { imageFolder } from "../../lib/superres/image_folder.ts";
import { roundedLuma } from "../../lib/superres/luma.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { fixture } from "../formats/fixtures.ts";
import { grey, original, published, withFiles } from "./with_files.ts";

Deno.test("luma: low resolution is made of the rounded Y, whatever was published", async () => {
  const files = { "HR/a.png": original, "LR_bicubic/X2/ax2.png": published, "HR/grey.png": grey };
  await withFiles(files, async (folder) => {
    const images = await imageFolder(folder, { scale: 2, space: "luma" });
    deepEqual(images.names, ["a", "grey"]);
    const y = roundedLuma(original);
    deepEqual(await images.pair(0), { hr: y, lr: imresize(y, 1 / 2) });
    deepEqual(await images.pair(1), { hr: grey, lr: imresize(grey, 1 / 2) });
  });
});

Deno.test("luma of a grey JPEG is its samples, as of a PNG with the same ones", async () => {
  const file = fixture("smooth_grey.jpg");
  const { width, height, channels, data } = await decodeJpeg(file);
  const png = { width, height, channels: 1, data: data.filter((_, i) => i % channels === 0) };
  await withFiles({ "a.jpg": file, "b.png": png }, async (folder) => {
    const images = await imageFolder(folder, { scale: 2, space: "luma" });
    deepEqual(await images.pair(0), await images.pair(1));
  });
});

Deno.test("grey, 16-bit and opaque alpha are read as RGB bytes; odd sides are cropped", async () => {
  const deep = Uint16Array.from({ length: 7 * 5 * 3 }, (_, i) => i * 257);
  const files = {
    "1_grey.png": grey,
    "2_deep.png": fastPngEncode({ width: 7, height: 5, channels: 3, depth: 16, data: deep }),
    "3_alpha.png": { width: 4, height: 4, channels: 4, data: new Uint8Array(64).fill(255) },
  };
  await withFiles(files, async (folder) => {
    const images = await imageFolder(folder, { scale: 2 });
    const pairs = await Promise.all(images.names.map((_, i) => images.pair(i)));
    deepEqual(pairs.map(({ hr }) => [hr.width, hr.height, hr.channels]), [[24, 24, 3], [6, 4, 3], [4, 4, 3]]);
    deepEqual(pairs.map(({ lr }) => [lr.width, lr.height]), [[12, 12], [3, 2], [2, 2]]);
    equal(pairs[1]!.hr.data[20], 23, "0x1717 of 16 bits is 0x17 of 8, one column left out");
    await rejects(images.pair(3), /Cannot read image 3 of .*: it has 3/);
  });
});

Deno.test("what cannot be read is refused with a sentence that names the file", async () => {
  const clear = { width: 4, height: 4, channels: 4, data: new Uint8Array(64) };
  const files = {
    "a/clear.png": clear,
    "b/tiny.png": { width: 1, height: 9, channels: 1, data: new Uint8Array(9) },
    "c/cut.png": encodePng(original).slice(0, 200),
    "d/HR/x.png": original,
    "d/LR_bicubic/X2/xx2.png": original,
    "d2/HR/x.png": original,
    "d2/LR_bicubic/X2/x.png": original,
    "e/HR/x.png": original,
    "e/HR/y.png": original,
    "e/LR_bicubic/X2/xx2.png": published,
    "f/image.bmp": new Uint8Array(10),
  };
  const expected: [string, number, RegExp][] = [
    ["a", 0, /Cannot read .*clear\.png: .*pixel 0, 0 is not opaque/],
    ["b", 0, /Cannot read .*tiny\.png: .*1 × 9 pixels to multiples of 2: it is too small/],
    ["c", 0, /cut\.png.*at byte/],
    ["d", 0, /Cannot read .*xx2\.png: its 24 × 24 pixels are not those of 24 × 24 divided by 2/],
    ["d2", 0, /Cannot read .*X2\/x\.png: its 24 × 24 pixels are not those of 24 × 24 divided by 2/],
    ["e", 1, /Cannot find the low-resolution copy of .*y\.png: expected .*X2\/yx2\.png or/],
  ];
  await withFiles(files, async (folder) => {
    for (const [name, index, message] of expected) {
      const images = await imageFolder(`${folder}/${name}`, { scale: 2 });
      await rejects(images.pair(index), { message });
    }
    await rejects(
      imageFolder(`${folder}/f`, { scale: 2 }),
      /Cannot find images in .*convert other formats/,
    );
    await rejects(imageFolder(folder, { scale: 0.5 }), /scale 0.5: expected a whole number/);
  });
});

Deno.test("two files of one name are refused, which nothing would tell apart", async () => {
  const files = {
    "a/one.png": original,
    "a/two.png": original,
    "a/two.jpg": fixture("smooth_grey.jpg"),
    "b/HR/one.PNG": grey,
    "b/HR/one.png": original,
    "c/image_SRF_2/one_SRF_2_HR.png": original,
    "c/image_SRF_2/one_SRF_4_HR.png": grey,
  };
  const expected: [string, RegExp][] = [
    ["a", /^Cannot read .*a: two\.jpg and two\.png are two images called two; rename or remove one$/],
    ["b", /^Cannot read .*HR: one\.PNG and one\.png are two images called one;/],
    ["c", /^Cannot read .*SRF_2: one_SRF_2_HR\.png and one_SRF_4_HR\.png are two images called one;/],
  ];
  await withFiles(files, async (folder) => {
    for (const [name, message] of expected) {
      await rejects(imageFolder(`${folder}/${name}`, { scale: 2 }), { message });
    }
  });
});
