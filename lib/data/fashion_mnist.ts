import { requireOptions } from "../options.ts";
import { readIdxSet } from "./idx_set.ts";
import type { ImageData } from "./image_set.ts";

/**
 * Fashion-MNIST: 60,000 and 10,000 articles of clothing, 28 × 28, one channel; from `folder`, `ESPALIER_DATA`
 * or the cache. `complete` is false where only the first images are there.
 *
 * @throws {Error} where there is none; the message says how to get it
 */
export async function fashionMnist(options: { folder?: string } = {}): Promise<ImageData> {
  requireOptions("fashionMnist", options, { folder: true });
  const { folder } = options;
  return await readIdxSet({
    folderName: "fashion-mnist",
    title: "Fashion-MNIST",
    classes: [
      "T-shirt/top",
      "Trouser",
      "Pullover",
      "Dress",
      "Coat",
      "Sandal",
      "Shirt",
      "Sneaker",
      "Bag",
      "Ankle boot",
    ],
    normalization: { mean: [0.286], deviation: [0.353] },
  }, folder);
}
