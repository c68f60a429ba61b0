import { black, cropAndFlip } from "../../../data/images/augment.ts";
import { cifar10 } from "../../../data/cifar10.ts";
import { cifar100 } from "../../../data/cifar100.ts";
import { type ImageData, type ImageSet, type Normalization, toExamples } from "../../../data/image_set.ts";
import { imagenet } from "../../../data/imagenet.ts";
import { svhn } from "../../../data/svhn.ts";
import { canonicalJson } from "../../../files/canonical_json.ts";
import type { WorkContext } from "../../../experiment/unit.ts";
import { type Augment, type ExampleSource, takeRows } from "../../../train/batches.ts";
import { enlarged } from "./enlarged.ts";
import { smallDigits } from "./small_digits.ts";

/** Data set that networks learn, as plain data: which one, and how much of it. */
export type DataSpec =
  & {
    /** Examples to train on, to choose on and to test on; fewer where there are fewer. */
    readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
  }
  & (
    | { readonly set: "digits"; readonly source: "procedural" | "mnist"; readonly seed: number }
    | {
      /** `cifar10-224` are the same images, enlarged. */
      readonly set: "cifar10" | "cifar10-224" | "cifar100" | "svhn";
    }
    | { readonly set: "imagenet"; /** Side of the images. Default 224. */ readonly size?: number }
  );

/** Examples that networks learn, in three parts. */
export interface MetaData {
  /** Name of the data in words, for figures. */
  name: string;
  /** Examples to train on. */
  train: ExampleSource;
  /** Examples to choose by. */
  validation: ExampleSource;
  /** Examples that results are measured on. */
  test: ExampleSource;
  /** Random changes of the examples to train on. */
  augment: Augment;
  /** Folder of the data, if they are a folder of images. */
  folder?: string;
}

/** Means and deviations as the official code has them for CIFAR-10. */
const CIFAR10: Normalization = { mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.201, 0.1971] };

/** The data folders that a set is read from. */
export function foldersOf(data: DataSpec): readonly string[] {
  if (data.set !== "digits") return [data.set === "cifar10-224" ? "cifar10" : data.set];
  return data.source === "mnist" ? ["mnist"] : [];
}

/**
 * Reads data, or makes them.
 *
 * @throws Error where they are not on this machine
 */
export async function loadData(data: DataSpec): Promise<MetaData> {
  const { examples } = data;
  switch (data.set) {
    case "digits":
      return { ...await smallDigits({ ...examples, ...data }), augment: asTheyAre };
    case "cifar10":
      return imageParts(await cifar10({ normalization: CIFAR10 }), examples);
    case "cifar10-224": {
      const { name, ...parts } = partsOf(await cifar10({ normalization: CIFAR10 }), examples);
      return {
        name: `${name}, enlarged to 224×224`,
        train: enlarged(parts.train, "anywhere"),
        validation: enlarged(parts.validation, "middle"),
        test: enlarged(parts.test, "middle"),
        augment: asTheyAre, // crops and flips are part of enlarging
      };
    }
    case "cifar100":
      return imageParts(await cifar100(), examples);
    case "svhn":
      return imageParts(await svhn(), examples, { flip: false });
    case "imagenet": {
      const { size } = data;
      const { name, train, validation, test, source } = await imagenet({ ...examples, size });
      // Crops and flips are part of reading.
      return { name, train, validation, test, folder: source, augment: asTheyAre };
    }
  }
}

/** The data of a unit, which this worker reads once. */
export function sharedData(data: DataSpec, { shared }: WorkContext): Promise<MetaData> {
  return shared(`meta_pruning ${canonicalJson(data)}`, () => loadData(data));
}

const asTheyAre: Augment = (batch) => batch;

function imageParts(
  data: ImageData,
  examples: DataSpec["examples"],
  { flip = true }: { flip?: boolean } = {},
): MetaData {
  const { name, train, validation, test } = partsOf(data, examples);
  return {
    name,
    train: toExamples(train),
    validation: toExamples(validation),
    test: toExamples(test),
    augment: cropAndFlip({ fill: black(train.normalization), flip }),
  };
}

/** The images to train on first, those to choose on after them. */
function partsOf(
  data: ImageData,
  { train, validation, test }: DataSpec["examples"],
): { name: string; train: ImageSet; validation: ImageSet; test: ImageSet } {
  const part = ({ images, labels, normalization }: ImageSet, from: number, to: number): ImageSet => {
    const rows = Array.from({ length: Math.min(to, images.dims[0]!) - from }, (_, i) => from + i);
    return { images: takeRows(images, rows), labels: takeRows(labels, rows), normalization };
  };
  const kept = Math.min(train, data.train.images.dims[0]! - validation);
  return {
    name: data.name,
    train: part(data.train, 0, kept),
    validation: part(data.train, kept, kept + validation),
    test: part(data.test, 0, test),
  };
}
