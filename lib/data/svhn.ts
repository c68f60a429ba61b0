import { readFile } from "../files/read_file.ts";
import { requireOptions } from "../options.ts";
import { Tensor } from "../tensor/tensor.ts";
import { unreadable } from "../formats/archives/cursor.ts";
import { decodeMat } from "../formats/mat.ts";
import { dataFolders, filesIn } from "./folders.ts";
import { type ImageData, type ImageSet, labelTensor, type Normalization } from "./image_set.ts";
import { NotFoundError } from "../files/not_found.ts";

/** Means and deviations as Meta Pruning's code has them. */
export const SVHN_NORMALIZATION: Normalization = {
  mean: [0.4377, 0.4438, 0.4728],
  deviation: [0.198, 0.201, 0.197],
};

/** The publisher's files, and how many images they have. */
const FILES = { train: ["train_32x32.mat", 73_257], test: ["test_32x32.mat", 26_032] } as const;

/**
 * SVHN: house numbers, 32×32, a digit in the middle of each; from the publisher's `train_32x32.mat` and
 * `test_32x32.mat` in the folder `svhn` under `ESPALIER_DATA` or the cache. It is not downloaded: put it
 * there.
 *
 * Source: Y. Netzer et al., "Reading digits in natural images with unsupervised feature learning", 2011,
 * format 2.
 *
 * @throws {Error} where there is none; the message says where to put it
 * @throws {SyntaxError} a damaged file
 */
export async function svhn(
  options: { /** The one folder to look in. */ folder?: string } = {},
): Promise<ImageData> {
  requireOptions("svhn", options, { folder: true });
  const { folder } = options;
  const folders = folder ? [folder] : dataFolders("svhn");
  for (const place of folders) {
    const files = await filesIn(place);
    if (!Object.values(FILES).every(([file]) => files.includes(file))) continue;
    const [train, test] = await Promise.all(Object.values(FILES).map(([file]) => read(`${place}/${file}`)));
    return {
      name: "SVHN",
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      train: train!,
      test: test!,
      exact: true,
      complete: train!.labels.size === FILES.train[1] && test!.labels.size === FILES.test[1],
      source: place,
    };
  }
  throw new NotFoundError(
    `Cannot find SVHN: looked for ${FILES.train[0]} and ${FILES.test[0]} in ${
      folders.join(" and ")
    }; download them from ` +
      `http://ufldl.stanford.edu/housenumbers and put them there, or set ESPALIER_DATA to a folder that has svhn/`,
  );
}

/** Images `X` [row, column, colour, image] and labels `y`, in which 10 stands for the digit 0. */
async function read(path: string): Promise<ImageSet> {
  const arrays = await decodeMat(await readFile(path), path);
  const [stored, labels] = [arrays.get("X"), arrays.get("y")];
  // MATLAB leaves out the axis of a single image.
  const [height, width, colours, count = 1] = stored?.dims ?? [];
  if (
    !stored || !labels || height !== 32 || width !== 32 || colours !== 3 || labels.data.length !== count
  ) {
    throw unreadable(path, 128, "expected X of 32 × 32 × 3 × N and y with as many labels");
  }
  const area = 32 * 32;
  const images = new Uint8Array(count * 3 * area);
  for (let image = 0; image < 3 * count; image++) {
    for (let y = 0; y < 32; y++) {
      // A column's rows are neighbours in the file.
      for (let x = 0; x < 32; x++) {
        images[image * area + 32 * y + x] = stored.data[image * area + 32 * x + y]!;
      }
    }
  }
  return {
    images: new Tensor("uint8", images, [count, 3, 32, 32]),
    labels: labelTensor(Array.from(labels.data, (label) => label % 10)),
    normalization: SVHN_NORMALIZATION,
  };
}
