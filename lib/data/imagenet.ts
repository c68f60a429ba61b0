import { RangeError } from "../errors.ts";
import { COUNT, requireNumbers } from "../bounds.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import { seededRandom } from "../random.ts";
import type { StreamedExamples } from "../train/batches.ts";
import { type ClassFolders, classFolders, type LabelledFiles } from "./class_folders.ts";
import { dataFolders } from "./folders.ts";
import type { Normalization } from "./image_set.ts";
import { imageStream } from "./images/image_stream.ts";
import { NotFoundError, statIfFound } from "../files/not_found.ts";

/** Means and deviations of ImageNet's images, with which most published networks on them were trained. */
export const IMAGENET_NORMALIZATION: Normalization = {
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
};

/** A data set whose images stay in their files until it is their turn. */
export interface StreamedData {
  /** Name in tables and figures; says so where it is not the published set. */
  readonly name: string;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Examples to train on: random crops, mirrored half of the time. */
  readonly train: StreamedExamples;
  /** Examples to choose by: the middle of images that were kept apart from those to train on. */
  readonly validation: StreamedExamples;
  /** Examples to test on: the middle of the published validation images. */
  readonly test: StreamedExamples;
  /** The folder it is read from. */
  readonly source: string;
}

/** Which part of ImageNet to read, and from where. */
export interface ImagenetOptions {
  /** The one folder to look in, instead of the usual ones. */
  folder?: string | undefined;
  /** Training images that are kept apart to make choices on. Default 50,000. */
  validation?: number | undefined;
  /** The most to train on. Default: all there are. */
  train?: number | undefined;
  /** The most to test on. Default: all there are. */
  test?: number | undefined;
  /** Side of the images that networks see, in pixels. Default 224. */
  size?: number | undefined;
}

/** Names of {@linkcode ImagenetOptions}. */
const IMAGENET_OPTIONS: OptionNames<ImagenetOptions> = {
  folder: true,
  validation: true,
  train: true,
  test: true,
  size: true,
};

/**
 * ImageNet, or any labelled images in the same layout, from the folder `imagenet` under `ESPALIER_DATA` or
 * the cache: `train/<class>/*.JPEG` and `val/<class>/*.JPEG`. It is not downloaded: its publisher gives it to
 * those who ask.
 *
 * The images of `val` are the ones to test on, as in published tables; those to make choices on are taken
 * from `train`, the same ones each time.
 *
 * @throws {Error} where there is none, or images are missing; the message says what to do
 * @throws {RangeError} where none would be left to train on, or a number is none of images or pixels
 */
export async function imagenet(
  options: ImagenetOptions = {},
): Promise<StreamedData> {
  requireOptions("imagenet", options, IMAGENET_OPTIONS);
  const { folder, validation = 50_000, train, test, size } = options;
  requireNumbers("read ImageNet", { validation }, { whole: true, from: 0 });
  requireNumbers("read ImageNet", withoutUndefined({ train, test, size }), COUNT);
  const source = folder ?? imagenetFolder();
  const folders = await classFolders(source);
  const count = folders.train.paths.length;
  if (count <= validation) {
    throw new RangeError(
      `Cannot keep ${validation} of the ${count} training images of ${source} apart: expected fewer than there are`,
    );
  }
  const order = seededRandom(0, "kept apart").permutation(count);
  const kept = order.subarray(validation, validation + Math.min(train ?? Infinity, count - validation));
  const all = folders.val.paths.length;
  const tested = test === undefined || test >= all
    ? folders.val
    : some(folders.val, seededRandom(0, "test").permutation(all).subarray(0, test));
  const stream = (files: LabelledFiles, crop: "random" | "centre") =>
    imageStream(files, { crop, normalization: IMAGENET_NORMALIZATION, size });
  return {
    name: nameOf(folders, kept.length, tested.paths.length),
    classes: folders.classes,
    train: stream(some(folders.train, kept), "random"),
    validation: stream(some(folders.train, order.subarray(0, validation)), "centre"),
    test: stream(tested, "centre"),
    source,
  };
}

/**
 * The folder with the user's ImageNet.
 *
 * @throws {Error} where there is none; the message says where to put it
 */
export function imagenetFolder(): string {
  const folders = dataFolders("imagenet");
  for (const folder of folders) {
    if (statIfFound(folder)?.isDirectory) return folder;
  }
  throw new NotFoundError(
    `Cannot find ImageNet: looked for ${
      folders.join(" and ")
    }; it is not downloaded for you: ask its publisher ` +
      `(https://image-net.org), lay it out as train/<class>/*.JPEG and val/<class>/*.JPEG, and set ESPALIER_DATA to a ` +
      `folder that has it as imagenet/`,
  );
}

/**
 * Some of the files, in the order of their names, so that a batch without shuffling is the same whatever was
 * drawn first.
 */
function some({ paths, labels }: LabelledFiles, rows: Uint32Array): LabelledFiles {
  const sorted = rows.toSorted();
  return {
    paths: Array.from(sorted, (row) => paths[row]!),
    labels: sorted.map((row) => labels[row]!),
  };
}

function nameOf({ classes, train, val }: ClassFolders, training: number, testing: number): string {
  const whole = classes.length === 1000 && train.paths.length === 1_281_167 && val.paths.length === 50_000;
  const counts = `${training.toLocaleString("en")} images to train on, ${
    testing.toLocaleString("en")
  } to test on`;
  return whole
    ? `ImageNet (ILSVRC 2012), ${counts}`
    : `images of ${classes.length} classes (not the whole of ImageNet), ${counts}`;
}
