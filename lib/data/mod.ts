/**
 * Data sets: downloaded and verified, from folders of the user, streamed, or made by formulas.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { proceduralImages, toExamples } from "./mod.ts";
 *
 * const { train } = proceduralImages({ train: 20, test: 10 });
 * assert.deepEqual(toExamples(train).inputs.dims, [20, 3, 32, 32]);
 * ```
 *
 * @module
 */
export { black, cropAndFlip, type CropAndFlipOptions } from "./images/augment.ts";
export { cifar10, CIFAR10_NORMALIZATION, type Cifar10Options } from "./cifar10.ts";
export { cifar100, CIFAR100_NORMALIZATION } from "./cifar100.ts";
export { type ClassFolders, classFolders, type LabelledFiles } from "./class_folders.ts";
export { centreCrop, randomResizedCrop } from "./images/crops.ts";
export { fashionMnist } from "./fashion_mnist.ts";
export {
  type ImageData,
  type ImageSet,
  type Normalization,
  normalize,
  subset,
  toExamples,
  toImageBatches,
} from "./image_set.ts";
export { NotFoundError } from "../files/not_found.ts";
export { imagenet, IMAGENET_NORMALIZATION, type ImagenetOptions, type StreamedData } from "./imagenet.ts";
export { mnist } from "./mnist.ts";
export { imageStream, type ImageStreamOptions } from "./images/image_stream.ts";
export {
  PACKAGED_MODELS,
  type PackagedFile,
  type PackagedModel,
  type PackagedModelName,
} from "./package_manifest.ts";
export { type FetchOptions } from "./fetch.ts";
export { fetchPackagedModel, type FetchPackagedOptions, packagedModel } from "./packaged_models.ts";
export { proceduralImages, type ProceduralOptions } from "./procedural.ts";
export { resizeBilinear } from "./images/resize.ts";
export { svhn, SVHN_NORMALIZATION } from "./svhn.ts";
