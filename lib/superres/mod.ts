/**
 * Super-resolution: images and sets of them, patches to train on, metrics, and comparisons side by side.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { imresize, proceduralTextures, psnr, toTensor } from "./mod.ts";
 *
 * const [image] = proceduralTextures({ count: 1, size: 48 });
 * const again = imresize(imresize(image!, 1 / 2), 2);
 * assert.ok(psnr(toTensor(again), toTensor(image!)) > 15);
 * ```
 *
 * @module
 */
export {
  benchmarkFolder,
  benchmarkSet,
  type BenchmarkSetName,
  type BenchmarkSetOptions,
  hasBenchmarkSet,
} from "./benchmark_sets.ts";
export { compareImages, type CompareImagesOptions, type ImageComparison } from "./compare_images.ts";
export { cropToMultiple } from "./crop.ts";
export {
  bicubic,
  type ImageSource,
  openUpscaler,
  type Score,
  scoreModel,
  scoreOf,
  scoreSets,
  type SetScore,
  type SuperresData,
  superresData,
  type SuperresDataOptions,
  superresFiles,
  type TestPair,
  type Upscaler,
} from "./data.ts";
export { type ImageFolder, imageFolder, type ImageFolderOptions } from "./image_folder.ts";
export { luma, type LumaOptions, roundedLuma } from "./luma.ts";
export { type ImagePair, patches, type PatchOptions } from "./patches.ts";
export { toImage, toRgb, toTensor, withoutAlpha } from "./convert_image.ts";
export { cropsFigure, type NamedUpscaler, samplesFigure } from "./figures.ts";
export { proceduralTextures, type TextureOptions } from "./procedural.ts";
export { type MetricOptions, psnr } from "./psnr.ts";
export { imresize } from "./resample.ts";
export { ssim } from "./ssim.ts";
