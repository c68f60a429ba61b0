import assert from "node:assert/strict";
import type { Image } from "../../lib/formats/image.ts";
import { decodePng } from "../../lib/formats/png.ts";
import { superresData } from "../../lib/superres/data.ts";
import { cropsFigure, samplesFigure } from "../../lib/superres/figures.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { select } from "../plot/select.ts";

const data = await superresData({ train: ["procedural"], test: "procedural", scale: 2, space: "luma" });
const imagesOf = (figure: Parameters<typeof select>[0]) =>
  select(figure, "image").map((element) =>
    decodePng(Uint8Array.fromBase64(element.getAttribute("href")!.split(",")[1]!))
  );

Deno.test("samples are the middles of the first training and test images, in squares of one size", () => {
  const figure = samplesFigure(data, { source: "textures" });
  const images = imagesOf(figure);
  assert.equal(images.length, 4 + 5);
  const [hr] = data.train.flatMap((pair) => typeof pair === "function" ? [] : [pair.hr]);
  const side = images[0]!.width;
  assert.ok(images.every(({ width, height }) => width === side && height === side));
  const corner = ((hr!.height - side) >> 1) * hr!.width + ((hr!.width - side) >> 1);
  assert.equal(images[0]!.data[0], hr!.data[corner]);
  assert.ok(select(figure, "text").some(({ textContent }) => textContent === "training 1"));
});

Deno.test("a part of an image is shown by each upscaler, and one that is not there is refused", async () => {
  const upscale = (lr: Image) => imresize(lr, 2);
  const figure = await cropsFigure(data, [{ name: "bicubic", upscale }], { source: "textures" });
  const { name } = data.test[0]!;
  assert.equal(figure.title, `${name}, 64 × 64 pixels of it`);
  // The whole image, the part by the upscaler, and the part of the original.
  assert.equal(imagesOf(figure).length, 3);
  await assert.rejects(cropsFigure(data, [], { image: "lena", source: "textures" }), {
    name: "RangeError",
    message: `Cannot show "lena": the test images are ${data.test.map(({ name }) => name).join(", ")}`,
  });
});
