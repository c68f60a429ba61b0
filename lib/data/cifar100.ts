import { readFile } from "../files/read_file.ts";
import { requireOptions } from "../options.ts";
import { unreadable } from "../formats/archives/cursor.ts";
import { gunzip } from "../formats/archives/gunzip.ts";
import { readTar } from "../formats/archives/tar.ts";
import { Tensor } from "../tensor/tensor.ts";
import { dataFolders, filesIn } from "./folders.ts";
import { type ImageData, type ImageSet, labelTensor, type Normalization } from "./image_set.ts";
import { NotFoundError } from "../files/not_found.ts";

/** The publisher's archive of the binary version. */
const ARCHIVE = "cifar-100-binary.tar.gz";

/** Means and deviations as Meta Pruning's code has them. */
export const CIFAR100_NORMALIZATION: Normalization = {
  mean: [0.5071, 0.4867, 0.4408],
  deviation: [0.2675, 0.2565, 0.2761],
};

/** Bytes of a record: coarse label, fine label, then 3 × 32 × 32 pixels. */
const RECORD = 2 + 3072;

/**
 * CIFAR-100 with its 100 fine labels, from the publisher's `cifar-100-binary.tar.gz` in the folder `cifar100`
 * under `ESPALIER_DATA` or the cache. It is not downloaded: put it there.
 *
 * Source of the format: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 *
 * @throws {Error} where there is none; the message says where to put it
 * @throws {SyntaxError} a damaged file
 */
export async function cifar100(
  options: { /** The one folder to look in. */ folder?: string } = {},
): Promise<ImageData> {
  requireOptions("cifar100", options, { folder: true });
  const { folder } = options;
  const folders = folder ? [folder] : dataFolders("cifar100");
  for (const place of folders) {
    if (!(await filesIn(place)).includes(ARCHIVE)) continue;
    const path = `${place}/${ARCHIVE}`;
    const files = readTar(await gunzip(await readFile(path), path), path);
    const names = files.get("cifar-100-binary/fine_label_names.txt");
    const read = (part: string): ImageSet => {
      const file = files.get(`cifar-100-binary/${part}.bin`);
      if (!file) throw unreadable(path, 0, `expected cifar-100-binary/${part}.bin in the archive`);
      return setOf(file, `${path}, ${part}.bin`);
    };
    const [train, test] = [read("train"), read("test")];
    return {
      name: "CIFAR-100",
      classes: names
        ? new TextDecoder().decode(names).trim().split(/\s+/)
        : Array.from({ length: 100 }, (_, i) => `class ${i}`),
      train,
      test,
      exact: true,
      complete: train.labels.size === 50_000 && test.labels.size === 10_000,
      source: path,
    };
  }
  throw new NotFoundError(
    `Cannot find CIFAR-100: looked for ${ARCHIVE} in ${folders.join(" and ")}; download it from ` +
      `https://www.cs.toronto.edu/~kriz/cifar.html and put it there, or set ESPALIER_DATA to a folder that has cifar100/`,
  );
}

function setOf(bytes: Uint8Array, name: string): ImageSet {
  if (bytes.length === 0 || bytes.length % RECORD !== 0) {
    throw unreadable(
      name,
      bytes.length,
      `expected whole records of ${RECORD} bytes, found ${bytes.length} bytes`,
    );
  }
  const count = bytes.length / RECORD;
  const images = new Uint8Array(count * 3072);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * RECORD;
    const label = bytes[at + 1]!;
    if (label > 99) {
      throw unreadable(name, at + 1, `expected a label from 0 to 99 in record ${i}, found ${label}`);
    }
    labels[i] = label;
    images.set(bytes.subarray(at + 2, at + RECORD), i * 3072);
  }
  return {
    images: new Tensor("uint8", images, [count, 3, 32, 32]),
    labels: labelTensor(labels),
    normalization: CIFAR100_NORMALIZATION,
  };
}
