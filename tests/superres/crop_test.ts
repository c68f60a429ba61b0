import { deepEqual, equal, throws } from "node:assert/strict";
import { crop } from "../../lib/formats/crop.ts";
import { toTensor } from "../../lib/superres/convert_image.ts";
import { cropToMultiple, withoutBorder } from "../../lib/superres/crop.ts";

Deno.test("images cropped, with and without borders", () => {
  const image = { width: 5, height: 4, channels: 1, data: Uint8Array.from({ length: 20 }, (_, i) => i) };
  deepEqual([...crop(image, { left: 1, top: 2, width: 2, height: 2 }).data], [11, 12, 16, 17]);
  deepEqual(cropToMultiple(image, 2), crop(image, { left: 0, top: 0, width: 4, height: 4 }));
  equal(cropToMultiple(image, 1), image);
  deepEqual(
    withoutBorder(toTensor(image), 1),
    toTensor(crop(image, { left: 1, top: 1, width: 3, height: 2 })),
  );
});

Deno.test("what cannot be cropped is refused with a sentence", () => {
  const image = { width: 3, height: 3, channels: 1, data: new Uint8Array(9) };
  throws(() => cropToMultiple(image, 4), /3 × 3 pixels to multiples of 4: it is too small/);
  throws(() => crop(image, { left: 2, top: 0, width: 2, height: 1 }), RangeError);
  throws(() => withoutBorder(toTensor(image), 2), RangeError);
});
