/** Resampling, luma, PSNR and SSIM together, on the field's test images. */
import { deepEqual, equal } from "node:assert/strict";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { Image } from "../../lib/formats/image.ts";
import { decodePng } from "../../lib/formats/png.ts";
import { cropToMultiple } from "../../lib/superres/crop.ts";
import { luma, roundedLuma } from "../../lib/superres/luma.ts";
import { toImage, toTensor } from "../../lib/superres/convert_image.ts";
import { psnr } from "../../lib/superres/psnr.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { ssim } from "../../lib/superres/ssim.ts";
import { dataFile } from "../data.ts";
import { GOLDEN, GOLDEN_SET5 } from "./golden.ts";

const SCALES = [2, 3, 4] as const;
const data = dataFile("sr");

async function imagesOf(folder: string): Promise<[name: string, image: Image][]> {
  const names = (await Array.fromAsync(Deno.readDir(`${data}/${folder}`))).map(({ name }) => name).sort();
  return await Promise.all(names.map(async (name): Promise<[string, Image]> => [
    name.replace(".png", ""),
    decodePng(await Deno.readFile(`${data}/${folder}/${name}`), name),
  ]));
}

/** PSNR and SSIM as they are printed. */
const printed = (scores: readonly [number, number][]) => {
  const mean = (which: 0 | 1) => scores.reduce((sum, score) => sum + score[which], 0) / scores.length;
  return [mean(0).toFixed(4), mean(1).toFixed(5)];
};

const score = (a: Tensor, b: Tensor, border: number): [number, number] => [
  psnr(a, b, { border }),
  ssim(a, b, { border }),
];

Deno.test({
  name: "the 15 published low-resolution images of Set5 come out byte for byte",
  ignore: !data,
  async fn() {
    for (const [name, original] of await imagesOf("Set5/HR")) {
      for (const scale of SCALES) {
        const file = `Set5/LR_bicubic/X${scale}/${name}x${scale}.png`;
        const published = decodePng(await Deno.readFile(`${data}/${file}`), file);
        deepEqual(imresize(cropToMultiple(original, scale), 1 / scale), published, file);
      }
    }
  },
});

for (const [set, golden] of Object.entries(GOLDEN)) {
  Deno.test({
    name: `${set}: bicubic PSNR and SSIM in each of the usual ways, to the last digit`,
    ignore: !data,
    async fn() {
      const images = await imagesOf(`${set}/HR`);
      for (const [i, scale] of SCALES.entries()) {
        const [colour, grey]: [[number, number][], [number, number][]] = [[], []];
        const rgb: number[] = [];
        for (const [name, image] of images) {
          const original = cropToMultiple(image, scale);
          const enlarged = imresize(imresize(original, 1 / scale), scale);
          const [a, b] = [enlarged, original].map((each) => luma(each, { grey: "colour" }));
          colour.push(score(a!, b!, scale));
          if (set === "Set5") {
            deepEqual(printed(colour.slice(-1)), GOLDEN_SET5[name]![i], `${name} ×${scale}`);
          }
          rgb.push(psnr(toTensor(enlarged), toTensor(original), { border: scale }));
          const y = toTensor(roundedLuma(original));
          grey.push(score(toTensor(toImage(imresize(imresize(y, 1 / scale), scale))), y, scale));
        }
        deepEqual(printed(colour), golden.colour[i], `×${scale}, colour`);
        deepEqual(printed(grey).slice(0, golden.luma[i]!.length), golden.luma[i], `×${scale}, luma`);
        equal((rgb.reduce((a, b) => a + b) / rgb.length).toFixed(4), golden.rgb[i], `×${scale}, RGB`);
      }
    },
  });
}
