import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Image } from "../../lib/formats/image.ts";
import { benchmarkSet } from "../../lib/superres/benchmark_sets.ts";
import { cropToMultiple } from "../../lib/superres/crop.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { dataFile } from "../data.ts";
import { lr, original, published, withFiles } from "./with_files.ts";

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

Deno.test("a set that nobody published is refused with those there are", async () => {
  await rejects(benchmarkSet("Set6" as "Set5", { scale: 2 }), /"Set6": expected Set5, Set14/);
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
