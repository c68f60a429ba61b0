import { COUNT, requireNumbers } from "../../bounds.ts";
import { TypeError } from "../../errors.ts";
import { requireOptions, requireWords } from "../../options.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Random } from "../../random.ts";
import type { Examples, StreamedExamples } from "../../train/batches.ts";
import type { LabelledFiles } from "../class_folders.ts";
import { labelTensor, type Normalization } from "../image_set.ts";
import { digestOf } from "../../files/digest.ts";
import { digestFiles } from "./digest_files.ts";
import type { ImageJob } from "./image_worker.ts";
import { imageWorkerPool } from "./image_worker_pool.ts";

/** How images become examples. */
export interface ImageStreamOptions {
  /** How bytes become the numbers that networks see. */
  normalization: Normalization;
  /** Side of the square that is taken, in pixels. Default 224. */
  size?: number | undefined;
  /**
   * `"random"`: a part of the image, resized, for training. `"centre"`: the middle of the image, for
   * evaluation.
   */
  crop: "random" | "centre";
  /**
   * Length to which the shorter side is resized before the middle is taken, in pixels. Default 256 for 224,
   * in proportion.
   */
  side?: number | undefined;
}

/**
 * Images in files as examples: read, decoded, cropped and normalised by threads of their own when it is
 * their turn, float32 [N, 3, size, size] with int64 labels [N]. Grey and CMYK images become RGB; an alpha
 * channel is left out. The same seed gives the same crops.
 *
 * An image that cannot be read is an error that names it, when its batch is asked for.
 *
 * @throws RangeError where a length is no count of pixels, the side is shorter than the middle that is taken
 * of it, or the crop is another word; TypeError where there are not three means and three deviations
 */
export function imageStream(
  { paths, labels }: LabelledFiles,
  options: ImageStreamOptions,
): StreamedExamples {
  requireOptions("imageStream", options, { normalization: true, size: true, crop: true, side: true });
  const { normalization, size = 224, crop, side = Math.round(size * 256 / 224) } = options;
  requireWords("stream images", { crop }, { crop: { random: true, centre: true } });
  requireNumbers("stream images", { size }, COUNT);
  // Random crops have no side.
  if (crop === "centre") requireNumbers("stream images", { side }, { whole: true, from: size });
  requireRgb(normalization);
  const read = imageWorkerPool();
  return {
    count: paths.length,
    digest: async () =>
      digestOf([await digestFiles({ paths, labels }), JSON.stringify({ normalization, size, crop, side })]),
    async read(rows: Uint32Array, random: Random): Promise<Examples> {
      const images = Array.from(rows, (row): ImageJob => ({
        path: paths[row]!,
        seed: crop === "random" ? random.integer(2 ** 32) : undefined,
      }));
      const parts = await read(images, { size, side, normalization });
      const all = new Float32Array(rows.length * 3 * size ** 2);
      parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
      return {
        inputs: new Tensor("float32", all, [rows.length, 3, size, size]),
        targets: labelTensor(Array.from(rows, (row) => labels[row]!)),
      };
    },
  };
}

/** Streamed images have three channels, whatever their files have. */
function requireRgb({ mean, deviation }: Normalization): void {
  if (mean.length === 3 && deviation.length === 3) return;
  throw new TypeError(
    `Cannot stream images with ${mean.length} means and ${deviation.length} deviations: expected three of each, ` +
      "for red, green and blue",
  );
}
