import { deepEqual, throws } from "node:assert/strict";
import { decodeCifar } from "../../lib/formats/cifar.ts";

Deno.test("CIFAR-10: planes and labels; a label above 9 is an error that says which record", () => {
  const bytes = Uint8Array.from({ length: 2 * 3073 }, (_, i) => i % 3073 === 0 ? i / 3073 + 4 : i % 251);
  const { images, labels } = decodeCifar(bytes);
  deepEqual([images.dims, [...labels.data as Uint8Array]], [[2, 3, 32, 32], [4, 5]]);
  deepEqual(images.data.slice(3072), bytes.slice(3074));
  bytes[3073] = 10;
  throws(() => decodeCifar(bytes, "x.bin"), {
    message: /x\.bin: expected a label.*record 1, found 10, at byte 3073/,
  });
});
