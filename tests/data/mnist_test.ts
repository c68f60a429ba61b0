import { deepEqual, equal } from "node:assert/strict";
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
