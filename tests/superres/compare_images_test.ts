import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { compareImages } from "../../lib/superres/compare_images.ts";
import { crop } from "../../lib/formats/crop.ts";
import { decodePng } from "../../lib/formats/png.ts";
import { parseHTML } from "../../lib/plot/deps.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { imresize } from "../../lib/superres/resample.ts";
import { assertPicture } from "../plot/picture.ts";

const [original] = proceduralTextures({ count: 1, size: 48, seed: 11 });
const words = { title: "A part of a texture", alt: "what one sees", border: 2 };
const part = { left: 10, top: 20, width: 12, height: 9 };
const row = (
  outputs: Record<string, typeof original>,
) => [{
  name: "texture",
  original: original!,
  outputs: outputs as Record<string, NonNullable<typeof original>>,
  part,
}];

Deno.test("a row has the whole image with a box, the same part of every output with its PSNR, and the original's", () => {
  const bicubic = imresize(imresize(original!, 1 / 2), 2);
  const off = { ...original!, data: original!.data.map((level) => level < 255 ? level + 1 : level - 1) };
  const figure = compareImages(row({ bicubic, "off by one": off }), { ...words, size: 60 });
  const { document } = parseHTML(figure.svg);
  const images = [...document.querySelectorAll("image")].map((element) => {
    const [, base] = (element as unknown as Element).getAttribute("href")!.split("base64,");
    return decodePng(Uint8Array.fromBase64(base!));
  });
  strictEqual(images.length, 4);
  deepStrictEqual(images.slice(1), [bicubic, off, original!].map((image) => crop(image, part)));
  strictEqual(document.querySelectorAll("rect[stroke-width='2']").length, 1);
  const texts = [...document.querySelectorAll("text")].map((element) =>
    (element as unknown as Element).textContent
  );
  ok(texts.includes("bicubic") && texts.includes("off by one") && texts.includes("original"));
  // Every pixel is off by one level of 255.
  ok(texts.includes(`${(20 * Math.log10(255)).toFixed(2)} dB`));
  assertPicture(figure, "compare_images");
});

Deno.test("nothing to compare is an empty figure, and another size an error", () => {
  match(compareImages([], words).svg, /^<svg/);
  throws(
    () => compareImages(row({ half: imresize(original!, 1 / 2) }), words),
    /Cannot compare images of shapes/,
  );
});
