import { deepEqual, equal, rejects } from "node:assert/strict";
import { imagenet, IMAGENET_NORMALIZATION } from "../../lib/data/imagenet.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import type { StreamedExamples } from "../../lib/train/batches.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("ImageNet's parts share no image, and choices are made on the same ones each time", () =>
  inFolder(async (folder) => {
    // Each image is of one colour, by which any crop of it is known.
    let colour = 0;
    for (const [part, count] of [["train", 4], ["val", 2]] as const) {
      for (const name of ["a", "b", "c"]) {
        await Deno.mkdir(`${folder}/${part}/${name}`, { recursive: true });
        for (let i = 0; i < count; i++) {
          const data = new Uint8Array(3 * 20 * 20).fill(10 * ++colour);
          const bytes = encodePng({ width: 20, height: 20, channels: 3, data });
          await Deno.writeFile(`${folder}/${part}/${name}/${i}.png`, bytes);
        }
      }
    }
    const colours = async ({ count, read }: StreamedExamples) => {
      const { inputs } = await read(Uint32Array.from({ length: count }, (_, i) => i), seededRandom(0));
      const red = numbersOf(inputs as Tensor).filter((_, i) => i % (3 * 16 * 16) === 0);
      const { mean, deviation } = IMAGENET_NORMALIZATION;
      return red.map((value) => Math.round(255 * (value * deviation[0]! + mean[0]!) / 10));
    };
    await rejects(imagenet({ folder, validation: 12 }), {
      name: "RangeError",
      message: /keep 12 of the 12 training images/,
    });
    for (
      const wrong of [{ validation: NaN }, { validation: -1 }, { train: 0 }, { test: 1.5 }, { size: -224 }]
    ) {
      const [[option, value]] = Object.entries(wrong) as [[string, number]];
      await rejects(imagenet({ folder, validation: 5, ...wrong }), {
        name: "RangeError",
        message: new RegExp(
          `^Cannot read ImageNet with ${option} ${value}: expected a whole number from [01]$`,
        ),
      });
    }
    const data = await imagenet({ folder, validation: 5, size: 16 });
    equal(
      data.name,
      "images of 3 classes (not the whole of ImageNet), 7 images to train on, 6 to test on",
    );
    const [train, validation, test] = [
      await colours(data.train),
      await colours(data.validation),
      await colours(data.test),
    ];
    deepEqual([train.length, validation.length], [7, 5]);
    deepEqual(
      [...train, ...validation].toSorted((a, b) => a - b),
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    deepEqual(test, [13, 14, 15, 16, 17, 18]);
    const fewer = await imagenet({ folder, validation: 5, train: 3, test: 4, size: 16 });
    deepEqual(await colours(fewer.validation), validation);
    deepEqual((await colours(fewer.train)).filter((one) => !train.includes(one)), []);
    deepEqual([fewer.train.count, fewer.test.count], [3, 4]);
    await rejects(imagenet({ folder: `${folder}/nowhere` }), /Cannot find .*nowhere\/train/);
  }));

Deno.test("where there is no ImageNet, the error says where to put it", () =>
  inFolder(async (folder) => {
    const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
    for (const [name] of before) Deno.env.set(name, folder);
    try {
      await rejects(imagenet(), /ask its publisher .*lay it out as train\/<class>.*set ESPALIER_DATA/);
    } finally {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    }
  }));
