import { deepEqual, equal, rejects } from "node:assert/strict";
import { encode as fastPngEncode } from "npm:fast-png@8.0.0";
import type { Image } from "../../lib/formats/image.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { benchmarkSet } from "../../lib/superres/benchmark_sets.ts";
import { cropToMultiple } from "../../lib/superres/crop.ts";
import { imageFolder } from "../../lib/superres/image_folder.ts";
import { roundedLuma } from "../../lib/superres/luma.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { toRgb } from "../../lib/superres/convert_image.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { dataFile } from "../data.ts";

const [grey] = proceduralTextures({ count: 1, size: 24, seed: 8 });
const original = toRgb(grey!);
const lr = imresize(original, 1 / 2);
/** Not what `imresize` makes, to see which of the two was read. */
const published: Image = { ...lr, data: lr.data.map((level) => level ^ 1) };

/** Runs with files of these names in a new folder. */
async function withFiles(files: Record<string, Image | Uint8Array>, body: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, content instanceof Uint8Array ? content : encodePng(content));
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const LAYOUTS: [
  name: string,
  set: "Set5" | "DIV2K" | "Urban100" | "T91",
  Record<string, Image>,
  lr: Image,
][] = [
  ["EDSR", "Set5", { "Set5/HR/baby.png": original, "Set5/LR_bicubic/X2/babyx2.png": published }, published],
  ["EDSR, below benchmark", "Set5", { "benchmark/Set5/HR/baby.png": original }, lr],
  ["BasicSR", "Set5", { "Set5/GTmod12/baby.png": original, "Set5/LRbicx2/baby.png": published }, published],
  ["SelfExSR", "Urban100", {
    "Urban100/image_SRF_2/img_001_SRF_2_HR.png": original,
    "Urban100/image_SRF_2/img_001_SRF_2_LR.png": published,
  }, lr],
  ["DIV2K", "DIV2K", {
    "DIV2K_train_HR/0001.png": original,
    "DIV2K_train_LR_bicubic/X2/0001x2.png": published,
  }, published],
  ["images in the folder itself", "T91", { "T91/t1.png": original }, lr],
];

for (const [name, set, files, expected] of LAYOUTS) {
  Deno.test(`a set laid out as ${name}`, async () => {
    await withFiles(files, async (folder) => {
      const images = await benchmarkSet(set, { scale: 2, folder });
      equal(images.names.length, 1);
      equal(/_(HR|SRF)|png/.test(images.names[0]!), false);
      equal(images.complete, false);
      equal(/ \(1 of \d+ images\)$/.test(images.name), true, images.name);
      equal(images.lowResolution, expected === published ? "published" : "made");
      deepEqual(await images.pair(0), { hr: original, lr: expected });
    });
  });
}

Deno.test("luma: low resolution is made of the rounded Y, whatever was published", async () => {
  const files = { "HR/a.png": original, "LR_bicubic/X2/ax2.png": published, "HR/grey.png": grey! };
  await withFiles(files, async (folder) => {
    const images = await imageFolder(folder, { scale: 2, space: "luma" });
    deepEqual(images.names, ["a", "grey"]);
    const y = roundedLuma(original);
    deepEqual(await images.pair(0), { hr: y, lr: imresize(y, 1 / 2) });
    deepEqual(await images.pair(1), { hr: grey, lr: imresize(grey!, 1 / 2) });
  });
});

Deno.test("grey, 16-bit and opaque alpha are read as RGB bytes; odd sides are cropped", async () => {
  const deep = Uint16Array.from({ length: 7 * 5 * 3 }, (_, i) => i * 257);
  const files = {
    "1_grey.png": grey!,
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
    await rejects(benchmarkSet("Set6" as "Set5", { scale: 2 }), /"Set6": expected Set5, Set14/);
  });
});

Deno.test({
  name: "the real sets: as many images as there are, and Set5's published files are what imresize makes",
  ignore: !dataFile("sr"),
  async fn() {
    const folder = dataFile("sr")!;
    const found = await Promise.all(
      (["Set5", "Set14", "BSD100", "Urban100", "T91", "BSD200"] as const).map((name) =>
        benchmarkSet(name, { scale: 3, folder })
      ),
    );
    deepEqual(found.map(({ name }) => name), [
      "Set5",
      "Set14",
      "BSD100 (20 of 100 images)",
      "Urban100 (5 of 100 images)",
      "T91",
      "BSD200 (25 of 200 images)",
    ]);
    deepEqual(found.map(({ lowResolution }) => lowResolution === "published"), [
      true,
      ...Array(5).fill(false),
    ]);
    for (let i = 0; i < 5; i++) {
      const { hr, lr } = await found[0]!.pair(i);
      deepEqual(lr, imresize(cropToMultiple(hr, 3), 1 / 3));
    }
    const bridge = await found[1]!.pair(found[1]!.names.indexOf("bridge"));
    equal(bridge.hr.channels, 3);
  },
});
