import assert from "node:assert/strict";
import { svhn } from "../../lib/data/svhn.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";
import { fixture } from "../formats/fixtures.ts";

Deno.test("SVHN is read from the publisher's files: images in rows, ten as the digit 0", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(svhn({ folder }), /Cannot find SVHN: looked for train_32x32\.mat/);
    await Deno.writeFile(`${folder}/train_32x32.mat`, fixture("svhn_train.mat"));
    await Deno.writeFile(`${folder}/test_32x32.mat`, fixture("svhn_test.mat"));
    const { train, test, complete, name } = await svhn({ folder });
    assert.deepEqual([name, complete, train.images.dims, test.images.dims], [
      "SVHN",
      false,
      [3, 3, 32, 32],
      [1, 3, 32, 32],
    ]);
    assert.deepEqual([numbersOf(train.labels), numbersOf(test.labels)], [[1, 0, 5], [9]]);
    const at = (image: number, colour: number, y: number, x: number) =>
      (train.images.data as Uint8Array)[((3 * image + colour) * 32 + y) * 32 + x];
    for (
      const [image, colour, y, x] of [[0, 0, 0, 1], [0, 0, 1, 0], [2, 1, 30, 17], [1, 2, 5, 31]] as const
    ) {
      assert.equal(at(image, colour, y, x), (7 * y + 3 * x + 50 * colour + 11 * image) % 256);
    }
    assert.equal((test.images.data as Uint8Array)[1], at(1, 0, 0, 1));
    await Deno.writeFile(`${folder}/test_32x32.mat`, fixture("svhn_train.mat").subarray(0, 300));
    await assert.rejects(svhn({ folder }), { name: "SyntaxError" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
