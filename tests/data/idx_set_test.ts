import { deepEqual, equal, rejects } from "node:assert/strict";
import { fashionMnist } from "../../lib/data/fashion_mnist.ts";
import { mnist } from "../../lib/data/mnist.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";

/** Hundredths, as the constants are quoted. */
const QUOTED = 5e-4;

const digits = dataFile("mnist/train-images-idx3-ubyte.gz");
Deno.test({
  name: "MNIST: complete, and normalised by what its pixels give",
  ignore: !digits,
  async fn() {
    const data = await mnist({ folder: digits!.replace(/\/[^/]*$/, "") });
    deepEqual([data.complete, data.train.images.dims, data.test.images.dims], [
      true,
      [60_000, 1, 28, 28],
      [10_000, 1, 28, 28],
    ]);
    deepEqual(numbersOf(data.test.labels).slice(0, 5), [7, 2, 1, 0, 4]);
    let [sum, squares] = [0, 0];
    const pixels = data.train.images.data as Uint8Array;
    for (const pixel of pixels) {
      sum += pixel;
      squares += pixel * pixel;
    }
    const mean = sum / pixels.length;
    const deviation = Math.sqrt(squares / pixels.length - mean * mean) / 255;
    const { normalization } = data.train;
    equal(Math.abs(mean / 255 - normalization.mean[0]!) < QUOTED, true);
    equal(Math.abs(deviation - normalization.deviation[0]!) < QUOTED, true);
  },
});

const clothes = dataFile("fashion-mnist/train-first1813-images-idx3-ubyte.gz");
Deno.test({
  name: "Fashion-MNIST: the first images with the matching labels, and the name says so",
  ignore: !clothes,
  async fn() {
    const data = await fashionMnist({ folder: clothes!.replace(/\/[^/]*$/, "") });
    deepEqual([data.complete, data.train.labels.size, data.test.labels.size], [false, 1813, 6978]);
    equal(data.name, "Fashion-MNIST, the first images only");
  },
});

Deno.test("a data set that is nowhere says where it was looked for and how to get it", async () => {
  await rejects(mnist({ folder: "/no/such/folder" }), {
    message: /Cannot find MNIST: looked in \/no\/such\/folder; download it with `deno task data mnist`/,
  });
});
