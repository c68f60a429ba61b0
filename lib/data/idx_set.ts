import { readFile } from "../files/read_file.ts";
import { Tensor } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import { unreadable } from "../formats/archives/cursor.ts";
import { gunzip } from "../formats/archives/gunzip.ts";
import { decodeIdx } from "../formats/idx.ts";
import { dataFolders, filesIn, missing } from "./folders.ts";
import { type ImageData, type ImageSet, labelTensor, type Normalization } from "./image_set.ts";
import type { DataSetName } from "./manifest.ts";

/** A data set in MNIST's four files. */
export interface IdxSet {
  /** Name of the set's folder. */
  readonly folderName: DataSetName;
  /** Name of the set for readers. */
  readonly title: string;
  /** Name of each class, in the order of the labels. */
  readonly classes: readonly string[];
  /** Mean and deviation that pixels are shifted and scaled by. */
  readonly normalization: Normalization;
}

/**
 * Reads a data set in MNIST's four files, or in files of its first images (`train-first1813-images-…`).
 *
 * @throws {Error} where there is none; the message says how to get it
 * @throws {SyntaxError} a damaged file, or images and labels that do not match
 */
export async function readIdxSet(set: IdxSet, folder?: string): Promise<ImageData> {
  const folders = folder ? [folder] : dataFolders(set.folderName);
  for (const folder of folders) {
    const files = await filesIn(folder);
    const train = findPair(files, "train");
    const test = findPair(files, "t10k");
    if (!train || !test) continue;
    const complete = train.complete && test.complete;
    return {
      name: complete ? set.title : `${set.title}, the first images only`,
      classes: set.classes,
      train: await readPair(folder, train, set),
      test: await readPair(folder, test, set),
      exact: true,
      complete,
      source: `${folder}: ${[train.images, train.labels, test.images, test.labels].join(", ")}`,
    };
  }
  throw missing(set.title, set.folderName, folders);
}

interface Pair {
  images: string;
  labels: string;
  complete: boolean;
}

/** The complete pair of files where there is one, else that of the first images. */
function findPair(files: readonly string[], part: "train" | "t10k"): Pair | undefined {
  const prefixes = [part, ...files.map((file) => file.match(`^${part}-first\\d+`)?.[0] ?? part)];
  return prefixes.map((prefix) => ({
    images: `${prefix}-images-idx3-ubyte.gz`,
    labels: `${prefix}-labels-idx1-ubyte.gz`,
    complete: prefix === part,
  })).find(({ images, labels }) => files.includes(images) && files.includes(labels));
}

async function readPair(folder: string, pair: Pair, { classes, normalization }: IdxSet): Promise<ImageSet> {
  const read = async (file: string) => {
    const path = `${folder}/${file}`;
    return decodeIdx(await gunzip(await readFile(path), path), path);
  };
  const [images, labels] = [await read(pair.images), await read(pair.labels)];
  const [count, height, width] = images.dims;
  const path = `${folder}/${pair.labels}`;
  if (
    images.type !== "uint8" || labels.type !== "uint8" || images.dims.length !== 3 || labels.dims[0] !== count
  ) {
    throw unreadable(path, 0, `expected a label for each of the images of shape [${images.dims}]`);
  }
  const bytes = elements(labels, "uint8");
  const wrong = bytes.findIndex((label) => label >= classes.length);
  if (wrong >= 0) {
    throw unreadable(path, 8 + wrong, `expected a label below ${classes.length}, found ${bytes[wrong]}`);
  }
  return {
    images: new Tensor("uint8", elements(images, "uint8"), [count!, 1, height!, width!]),
    labels: labelTensor(bytes),
    normalization,
  };
}
