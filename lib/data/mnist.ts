import { requireOptions } from "../options.ts";
import { readIdxSet } from "./idx_set.ts";
import type { ImageData } from "./image_set.ts";

/**
 * MNIST: 60,000 and 10,000 handwritten digits, 28 × 28, one channel; from `folder`, `ESPALIER_DATA` or the
 * cache.
 *
 * @throws {Error} where there is none; the message says how to get it
 */
export async function mnist(options: { folder?: string } = {}): Promise<ImageData> {
  requireOptions("mnist", options, { folder: true });
  const { folder } = options;
  return await readIdxSet({
    folderName: "mnist",
    title: "MNIST",
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    normalization: { mean: [0.1307], deviation: [0.3081] },
  }, folder);
}
