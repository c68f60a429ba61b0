/**
 * Super-resolution: pictures and sets of them, patches to train on, metrics, and comparisons side by side.
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
export { comparePictures, type ComparePicturesOptions, type PictureRow } from "./compare_pictures.ts";
export { cropToMultiple } from "./crop.ts";
export {
  bicubic,
  type Enlarge,
  enlarger,
  type PictureSource,
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
} from "./data.ts";
export { imageFolder, type ImageFolderOptions, type PictureSet } from "./image_folder.ts";
export { luma, type LumaOptions, roundedLuma } from "./luma.ts";
export { type ImagePair, patches, type PatchOptions } from "./patches.ts";
export { toImage, toRgb, toTensor, withoutAlpha } from "./picture.ts";
export { cropsFigure, type Entrant, samplesFigure } from "./pictures.ts";
export { proceduralTextures, type TextureOptions } from "./procedural.ts";
export { type MetricOptions, psnr } from "./psnr.ts";
export { imresize } from "./resample.ts";
export { ssim } from "./ssim.ts";
