import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { decodePng } from "../../lib/formats/png.ts";
import { imageGrid } from "../../lib/plot/image_grid.ts";
import { select, words } from "./select.ts";

Deno.test("imageGrid draws every image of a tensor, channel by channel, with its caption", () => {
  const bytes = Uint8Array.from({ length: 3 * 3 * 2 * 4 }, (_, i) => i);
  const figure = imageGrid(new Tensor("uint8", bytes, [3, 3, 2, 4]), {
    ...words,
    captions: ["a", "b\nbelow b", "<c>"],
    columns: 2,
  });
  const images = select(figure, "image").map((element) =>
    decodePng(Uint8Array.fromBase64(element.getAttribute("href")!.split(",")[1]!))
  );
  strictEqual(images.length, 3);
  deepStrictEqual([images[1]!.width, images[1]!.height, images[1]!.channels], [4, 2, 3]);
  // The second pixel of the second image: 24 + 1, and one plane of 8 further for each colour.
  deepStrictEqual([...images[1]!.data.subarray(3, 6)], [25, 33, 41]);
  const captions = select(figure, "text").map(({ textContent }) => textContent);
  for (const caption of ["a", "b", "below b", "<c>"]) ok(captions.includes(caption), `${captions}`);
});
