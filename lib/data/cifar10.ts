import { readFile } from "../files/read_file.ts";
import { requireOptions, requireWords } from "../options.ts";
import { Tensor } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import { CIFAR_IMAGE_BYTES, type CifarRecords, decodeCifar } from "../formats/cifar.ts";
import { gunzip } from "../formats/archives/gunzip.ts";
import { readTar } from "../formats/archives/tar.ts";
import { unreadable } from "../formats/archives/cursor.ts";
import { dataFolders, filesIn, missing } from "./folders.ts";
import { type ImageData, type ImageSet, labelTensor, type Normalization } from "./image_set.ts";
import { MANIFEST } from "./manifest.ts";

/** The ten classes, by label. */
const CIFAR10_CLASSES: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Means and deviations of the 50,000 training images, over all pixels. */
export const CIFAR10_NORMALIZATION: Normalization = {
  mean: [0.4914, 0.4822, 0.4465],
  deviation: [0.247, 0.2435, 0.2616],
};

/** Which part of CIFAR-10 to read, and from where. */
export interface Cifar10Options {
  /** The one folder to look in, instead of the usual ones. */
  folder?: string | undefined;
  /**
   * `"exact"`: the publisher's pixels, all of them or the first of each batch. `"jpeg75"`: pixels that went
   * through JPEG, which is another data set. Default exact.
   */
  pixels?: "exact" | "jpeg75" | undefined;
  /** Means and deviations that pixels are normalised by. Default CIFAR-10's own. */
  normalization?: Normalization | undefined;
}

/** One kind of batch files, and what it makes of the data set. */
interface Kind {
  readonly name: (test: number) => string;
  readonly exact: boolean;
  readonly file: RegExp;
}

/** The files of partial sets; the first group is the batch, and two kinds are never mixed. */
const KINDS: Readonly<Record<"exact" | "jpeg75", Kind>> = {
  exact: {
    name: (test) => `CIFAR-10, the first ${test.toLocaleString("en")} test images`,
    exact: true,
    file: /^(data_batch_[1-5]|test_batch)_exact\d+\.bin\.gz$/,
  },
  jpeg75: {
    name: () => "CIFAR-10 after JPEG quality 75 (not CIFAR-10)",
    exact: false,
    file: /^(data_batch_[1-5]|test_batch)_jpeg75\.bin\.gz$/,
  },
};

/**
 * CIFAR-10: complete where it was downloaded (`deno task data cifar10`), else what `ESPALIER_DATA` has of it.
 *
 * Read `exact` and `complete` before reporting a number, and use `name` in tables and figures: it says what
 * the set is. Pixels of the two kinds are never mixed.
 *
 * @throws {Error} where there is none; the message says how to get it
 * @throws {SyntaxError} a damaged file
 */
export async function cifar10(
  options: Cifar10Options = {},
): Promise<ImageData> {
  requireOptions("cifar10", options, { folder: true, pixels: true, normalization: true });
  const { folder, pixels = "exact", normalization = CIFAR10_NORMALIZATION } = options;
  requireWords("read CIFAR-10", { pixels }, { pixels: { exact: true, jpeg75: true } });
  const folders = folder ? [folder] : dataFolders("cifar10");
  const archive = MANIFEST.cifar10.files[0]!.name;
  const listings = await Promise.all(
    folders.map(async (folder) => ({ folder, files: await filesIn(folder) })),
  );
  const whole = listings.find(({ files }) => files.includes(archive));
  if (whole && pixels === "exact") return await readArchive(`${whole.folder}/${archive}`, normalization);
  const kind = KINDS[pixels];
  for (const { folder, files } of listings) {
    const paths = files.filter((file) => kind.file.test(file)).toSorted();
    const train = paths.filter((file) => file.startsWith("data_batch"));
    const test = paths.filter((file) => file.startsWith("test_batch"));
    if (train.length === 0 || test.length === 0) continue;
    const read = async (file: string) => {
      const path = `${folder}/${file}`;
      return decodeCifar(await gunzip(await readFile(path), path), path);
    };
    const testSet = toSet(await Promise.all(test.map(read)), normalization);
    return {
      name: kind.name(testSet.labels.size),
      classes: CIFAR10_CLASSES,
      train: toSet(await Promise.all(train.map(read)), normalization),
      test: testSet,
      exact: kind.exact,
      complete: false,
      source: `${folder}: ${[...train, ...test].join(", ")}`,
    };
  }
  throw missing(pixels === "exact" ? "CIFAR-10" : kind.name(0), "cifar10", folders);
}

async function readArchive(path: string, normalization: Normalization): Promise<ImageData> {
  const files = readTar(await gunzip(await readFile(path), path), path);
  const read = (batch: string) => {
    const file = files.get(`cifar-10-batches-bin/${batch}.bin`);
    if (!file) throw unreadable(path, 0, `expected cifar-10-batches-bin/${batch}.bin in the archive`);
    return decodeCifar(file, `${path}, ${batch}.bin`);
  };
  return {
    name: "CIFAR-10",
    classes: CIFAR10_CLASSES,
    train: toSet([1, 2, 3, 4, 5].map((i) => read(`data_batch_${i}`)), normalization),
    test: toSet([read("test_batch")], normalization),
    exact: true,
    complete: true,
    source: path,
  };
}

function toSet(records: readonly CifarRecords[], normalization: Normalization): ImageSet {
  const labels = records.flatMap(({ labels }) => [...elements(labels, "uint8")]);
  const images = new Uint8Array(labels.length * CIFAR_IMAGE_BYTES);
  records.reduce((at, { images: part }) => {
    images.set(elements(part, "uint8"), at);
    return at + part.size;
  }, 0);
  return {
    images: new Tensor("uint8", images, [labels.length, 3, 32, 32]),
    labels: labelTensor(labels),
    normalization,
  };
}
