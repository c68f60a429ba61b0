import assert from "node:assert/strict";
import { crc32 } from "../../lib/files/crc32.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { bicubic, scoreOf, scoreSets, type SuperresData, superresData } from "../../lib/superres/data.ts";
import { dataFile } from "../data.ts";

const TEXTURES = { train: ["procedural"], test: "procedural", scale: 2, space: "luma" } as const;

/** Checksums of images that are in memory. */
const sumsOf = (pairs: SuperresData["train"]) =>
  pairs.map((pair) => "hr" in pair && [pair.hr, pair.lr].map(({ data }) => crc32(data)));

Deno.test("textures kept apart are no training images, and training images stay what they are", async () => {
  const plain = await superresData(TEXTURES);
  const data = await superresData({ ...TEXTURES, validation: "kept apart" });
  assert.deepEqual([plain.validation, plain.others], [[], []]);
  assert.deepEqual(data.train, plain.train);
  assert.equal(data.validation.length, 4);
  const seen = new Set([...data.train, ...data.test].map((pair) => "hr" in pair && pair.hr.data.join()));
  assert.equal(seen.size, 48 + 8);
  for (const { hr } of data.validation) assert.equal(seen.has(hr.data.join()), false);
});

Deno.test("photographs kept apart are taken out of those to train on", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("ESPALIER_DATA");
  try {
    await Deno.mkdir(`${folder}/sr/T91`, { recursive: true });
    for (const [i, image] of proceduralTextures({ count: 11, size: 16 }).entries()) {
      await Deno.writeFile(`${folder}/sr/T91/${String(i).padStart(2, "0")}.png`, encodePng(image));
    }
    Deno.env.set("ESPALIER_DATA", folder);
    const whole = await superresData({ ...TEXTURES, train: ["T91"] });
    const data = await superresData({ ...TEXTURES, train: ["T91"], validation: "kept apart" });
    assert.equal(whole.train.length, 11);
    assert.deepEqual(data.train, whole.train.slice(0, 3));
    assert.deepEqual(data.validation.map(({ hr, lr }) => ({ hr, lr })), whole.train.slice(3));
    assert.equal(data.validationName, "8 images kept apart from training");
    const apart = await superresData({ ...TEXTURES, train: ["T91", "procedural"], validation: "kept apart" });
    const textures = await superresData({ ...TEXTURES, validation: "kept apart" });
    assert.deepEqual(sumsOf(apart.train), sumsOf([...whole.train.slice(0, 3), ...textures.train]));
    assert.deepEqual(sumsOf(apart.validation), sumsOf([...whole.train.slice(3), ...textures.validation]));
    assert.equal(apart.validationName, "8 images kept apart from training and 4 further textures");
    for (const name of ["08", "09", "10"]) await Deno.remove(`${folder}/sr/T91/${name}.png`);
    await assert.rejects(superresData({ ...TEXTURES, train: ["T91"], validation: "kept apart" }), {
      name: "RangeError",
      message:
        /^Cannot keep 8 of the images of T91 apart: expected more of them, found 8; leave validation out/,
    });
  } finally {
    before === undefined ? Deno.env.delete("ESPALIER_DATA") : Deno.env.set("ESPALIER_DATA", before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("scores of images are by name, so that two of one name are refused", async () => {
  const { test } = await superresData(TEXTURES);
  const scored = await scoreOf({ test, scale: 2 }, bicubic(2));
  assert.deepEqual(Object.keys(scored.images), test.map(({ name }) => name));
  await assert.rejects(scoreOf({ test: [...test, { ...test[0]!, hr: test[1]!.hr }], scale: 2 }, bicubic(2)), {
    name: "RangeError",
    message: "Cannot score two images called texture 0: expected one of that name; rename one",
  });
});

Deno.test({
  name: "all sets are scored, those that are not whole under a name that says so",
  ignore: !dataFile("sr/Set14") || !dataFile("sr/BSD100_20"),
  async fn() {
    const data = await superresData({
      ...TEXTURES,
      test: "Set5",
      alsoTest: ["Set14", "BSD100"],
      scale: 4,
      space: "rgb",
    });
    const [set5, set14, bsd] = await scoreSets(data, bicubic(4));
    // Measured by another program: RGB interpolation, luma not rounded, grey images as colours.
    assert.deepEqual([set5!.set, set5!.psnr.toFixed(3), set5!.ssim.toFixed(4)], ["Set5", "28.429", "0.8111"]);
    assert.equal(set14!.set, "Set14");
    assert.deepEqual([set14!.psnr.toFixed(3), set14!.ssim.toFixed(4)], ["26.088", "0.7048"]);
    assert.equal(bsd!.set, "BSD100 (20 of 100 images)");
    assert.deepEqual([bsd!.psnr.toFixed(3), bsd!.ssim.toFixed(4)], ["25.767", "0.6867"]);
    assert.equal((await scoreOf(data, bicubic(4))).mean, set5!.psnr);
  },
});
