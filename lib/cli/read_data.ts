import { withoutUndefined } from "../options.ts";
import { TypeError } from "../errors.ts";
import { classFolders } from "../data/class_folders.ts";
import { IMAGENET_NORMALIZATION } from "../data/imagenet.ts";
import { imageStream } from "../data/images/image_stream.ts";
import { isZip } from "../formats/archives/zip.ts";
import { decodeNpz } from "../formats/npz.ts";
import { readSource } from "../formats/read_source.ts";
import { statIfFound } from "../files/not_found.ts";
import { fedInputs } from "../onnx/topology.ts";
import type { Model } from "../onnx/model.ts";
import { floatTensor } from "../tensor/float_tensor.ts";
import { type DataType, numbersOf, type Tensor } from "../tensor/tensor.ts";
import type { TrainingData } from "../train/batches.ts";
import { type CliOption, type Given, UsageError } from "./command.ts";
import { textOf, wholeOf } from "./values.ts";

/** Options of commands that read data, with what is looked at of them: those to judge by, or not. */
export const dataOptions = ({ judges }: { judges: boolean }): readonly CliOption[] => [
  {
    flags: "--data <path>",
    about: judges
      ? "images in a folder per class, train/<class>/*.jpg and, to judge by, val/<class>/*.jpg, normalised as for " +
        "ImageNet; or an .npz with inputs and targets (and, to judge by, val_inputs and val_targets)"
      : "images in a folder per class, train/<class>/*.jpg (beside val/<class>/*.jpg, which is not looked at), " +
        "normalised as for ImageNet; or an .npz with inputs and targets",
  },
  { flags: "--image <pixels>", about: "side of the images, where the model fixes none; default 224" },
];

/**
 * Whether data are named.
 *
 * @throws {UsageError} where something is said of images, and none are named
 */
export function namesData(given: Given): boolean {
  const path = textOf(given, "data");
  const named = path !== undefined;
  if (wholeOf(given, "image", { from: 1 }) === undefined || (named && !isArrays(path))) return named;
  throw new UsageError(
    named
      ? `Cannot take images of this size from ${path}, whose arrays have theirs: --image is for a folder; leave it out`
      : "Cannot take images of this size from nowhere: --image is for --data, which names them",
  );
}

/** Data to learn from and, where there are some, to judge by. */
export interface ReadData {
  /** To learn from. */
  train: TrainingData;
  /** To judge by. */
  validation?: TrainingData | undefined;
}

/** The data that `--data` names, as a model takes them. */
export async function readData(model: Model, given: Given): Promise<ReadData> {
  const path = textOf(given, "data")!;
  return isArrays(path) ? await readArrays(path, model) : await readFolders(path, model, given);
}

/** Whether a file is named, rather than a folder. */
const isArrays = (path: string): boolean => Boolean(statIfFound(path)?.isFile) || /\.npz$/i.test(path);

async function readArrays(path: string, { graph }: Model): Promise<ReadData> {
  const { bytes, name } = await readSource(path);
  if (!isZip(bytes)) {
    throw new TypeError(
      `Cannot read ${name} as data: expected a folder of images, or arrays that numpy.savez wrote`,
    );
  }
  const arrays = decodeNpz(bytes, name);
  const { inputs, targets, val_inputs, val_targets } = arrays;
  const found = Object.keys(arrays).join(", ");
  if (!inputs || !targets) {
    throw new TypeError(`Cannot read ${name} as data: expected arrays inputs and targets, found ${found}`);
  }
  if (!val_inputs !== !val_targets) {
    throw new TypeError(
      `Cannot judge by ${name}: expected arrays val_inputs and val_targets, found ${found}; add the other, or leave ` +
        "both out",
    );
  }
  const { type: declared } = graph.values.get(fedInputs(graph)[0] ?? "") ?? {};
  const type = declared === "bfloat16" ? "float32" : declared;
  const taken = (inputs: Tensor, targets: Tensor) => ({
    inputs: inType(inputs, type),
    targets: inType(targets, "float32"),
  });
  return withoutUndefined({
    train: taken(inputs, targets),
    validation: val_inputs && val_targets && taken(val_inputs, val_targets),
  });
}

/** Floats in another type of floats: NumPy makes float64 where it is told nothing. Other numbers stay. */
function inType(tensor: Tensor, type: DataType | undefined): Tensor {
  const isFloat = (type: DataType | undefined) => /^float(?:16|32|64)$/.test(type ?? "");
  if (type === tensor.type || !isFloat(type) || !isFloat(tensor.type)) return tensor;
  return floatTensor(type, numbersOf(tensor), tensor.dims) as Tensor;
}

async function readFolders(path: string, { graph }: Model, given: Given): Promise<ReadData> {
  const folders = await classFolders(path);
  const declared = graph.values.get(fedInputs(graph)[0] ?? "")?.shape?.at(-1);
  const size = wholeOf(given, "image") ?? (typeof declared === "number" ? declared : 224);
  const settings = { normalization: IMAGENET_NORMALIZATION, size };
  return {
    train: imageStream(folders.train, { ...settings, crop: "random" }),
    validation: imageStream(folders.val, { ...settings, crop: "centre" }),
  };
}
