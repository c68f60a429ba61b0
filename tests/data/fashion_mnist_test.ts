import { deepEqual, equal } from "node:assert/strict";
import { fashionMnist } from "../../lib/data/fashion_mnist.ts";
import { dataFile } from "../data.ts";

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
