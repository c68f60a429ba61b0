import { deepEqual, equal, throws } from "node:assert/strict";
import { toImage, toRgb, toTensor, withoutAlpha } from "../../lib/superres/convert_image.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("halves are rounded up: 0 and 1 at equal weights give 1", () => {
  deepEqual([...toImage(float32([0.5 / 255, 1.5 / 255, 2.5 / 255, -1, 2], [1, 1, 1, 5])).data], [
    1,
    2,
    3,
    0,
    255,
  ]);
});

Deno.test("bytes become planes of numbers from 0 to 1, and come back as they were", () => {
  const image = { width: 3, height: 2, channels: 3, data: Uint8Array.from({ length: 18 }, (_, i) => 14 * i) };
  const tensor = toTensor(image);
  deepEqual(tensor.dims, [1, 3, 2, 3]);
  // The green of the second pixel: 1 · 3 + 1 among the bytes, 6 + 1 among the planes.
  equal(tensor.data[7], Math.fround(14 * 4 / 255));
  deepEqual(toImage(tensor), image);
  throws(() => toImage(float32([1, 2], [2, 1, 1, 1])), TypeError);
});

Deno.test("an alpha channel that says nothing goes, and grey becomes three equal channels", () => {
  const opaque = { width: 2, height: 1, channels: 4, data: Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255) };
  deepEqual([...withoutAlpha(opaque).data], [1, 2, 3, 4, 5, 6]);
  throws(
    () => withoutAlpha({ ...opaque, data: Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 0) }),
    /pixel 1, 0 is not opaque/,
  );
  const grey = { width: 2, height: 1, channels: 2, data: Uint8Array.of(7, 255, 9, 255) };
  deepEqual([...withoutAlpha(grey).data], [7, 9]);
  deepEqual(toRgb(grey), { width: 2, height: 1, channels: 3, data: Uint8Array.of(7, 7, 7, 9, 9, 9) });
});
