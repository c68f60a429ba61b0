/**
 * Names that have left the front door for a door of their own, for one release: each says where it is now.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { SVHN_NORMALIZATION } from "./all.ts";
 * import { SVHN_NORMALIZATION as moved } from "./data/mod.ts";
 *
 * assert.equal(SVHN_NORMALIZATION, moved);
 * ```
 *
 * @module
 */
/** @deprecated Import it from `./data`. */
export { CIFAR100_NORMALIZATION } from "./data/cifar100.ts";
/** @deprecated Import it from `./data`. */
export { CIFAR10_NORMALIZATION } from "./data/cifar10.ts";
/** @deprecated Import it from `./data`. */
export { IMAGENET_NORMALIZATION } from "./data/imagenet.ts";
/** @deprecated Import it from `./data`. */
export { SVHN_NORMALIZATION } from "./data/svhn.ts";
/** @deprecated Import it from `./data`. */
export { black } from "./data/images/augment.ts";
/** @deprecated Import it from `./data`. */
export { centreCrop } from "./data/images/crops.ts";
/** @deprecated Import it from `./data`. */
export { classFolders } from "./data/class_folders.ts";
/** @deprecated Import it from `./data`. */
export { normalize } from "./data/image_set.ts";
/** @deprecated Import `imageStream` from `./data`. */
export { imageStream as pictureStream } from "./data/images/image_stream.ts";
/** @deprecated Import `ImageStreamOptions` from `./data`. */
export type { ImageStreamOptions as PictureStreamOptions } from "./data/images/image_stream.ts";
/** @deprecated Import it from `./data`. */
export { randomResizedCrop } from "./data/images/crops.ts";
/** @deprecated Import it from `./data`. */
export { resizeBilinear } from "./data/images/resize.ts";
/** @deprecated Import it from `./data`. */
export { subset } from "./data/image_set.ts";
/** @deprecated Import it from `./data`. */
export { svhn } from "./data/svhn.ts";
/** @deprecated Import it from `./data`. */
export { toImageBatches } from "./data/image_set.ts";
/** @deprecated Import it from `./formats`. */
export { crop } from "./formats/crop.ts";
/** @deprecated Import it from `./formats`. */
export { decodeImage } from "./formats/decode_image.ts";
/** @deprecated Import it from `./formats`. */
export { decodeNpy } from "./formats/npy.ts";
/** @deprecated Import it from `./formats`. */
export { decodeNpz } from "./formats/npz.ts";
/** @deprecated Import it from `./formats`. */
export { decodeSafetensors } from "./formats/safetensors.ts";
/** @deprecated Import it from `./formats`. */
export { encodeNpy } from "./formats/npy.ts";
/** @deprecated Import it from `./formats`. */
export { encodePng } from "./formats/png.ts";
/** @deprecated Import it from `./formats`. */
export { encodeSafetensors } from "./formats/safetensors.ts";
/** @deprecated Import it from `./formats`. */
export { leftOut } from "./formats/left_out.ts";
/** @deprecated Import it from `./metagraph`. */
export type { BlockUse } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { Carried } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { CoverageRow } from "./metagraph/coverage.ts";
/** @deprecated Import it from `./metagraph`. */
export type { EdgeBlock } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { LayerKind } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { LayerView } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export { MetaGraph } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { MetaGraphOptions } from "./metagraph/to_meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { NodeLayer } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { NodeUse } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export type { KernelPosition } from "./metagraph/meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export { coverageOf } from "./metagraph/coverage.ts";
/** @deprecated Import it from `./metagraph`. */
export { fromMetaGraph } from "./metagraph/from_meta_graph.ts";
/** @deprecated Import it from `./metagraph`. */
export { metaGraph } from "./metagraph/to_meta_graph.ts";
/** @deprecated Import it from `./metanet`. */
export type { DataModelOptions } from "./metanet/data_models.ts";
/** @deprecated Import it from `./metanet`. */
export type { GroupSparsityOptions } from "./metanet/sparsity_gradient.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaPruneOptions } from "./metanet/meta_prune.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaPruned } from "./metanet/meta_prune.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaStep } from "./metanet/meta_step.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaStepOptions } from "./metanet/meta_step.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaStructure } from "./metanet/metanetwork.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaTrainOptions } from "./metanet/meta_train.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetaTrained } from "./metanet/meta_train.ts";
/** @deprecated Import it from `./metanet`. */
export type { Metanetwork } from "./metanet/metanetwork_parameters.ts";
/** @deprecated Import it from `./metanet`. */
export type { MetanetworkSettings } from "./metanet/metanetwork_parameters.ts";
/** @deprecated Import it from `./metanet`. */
export type { ProgressiveOptions } from "./metanet/progressive_pruning.ts";
/** @deprecated Import it from `./metanet`. */
export type { PruningStage } from "./metanet/progressive_pruning.ts";
/** @deprecated Import it from `./metanet`. */
export type { ShrinkOptions } from "./metanet/shrink_groups.ts";
/** @deprecated Import it from `./metanet`. */
export type { Snapshot } from "./metanet/meta_train.ts";
/** @deprecated Import it from `./metanet`. */
export { applyMetanetwork } from "./metanet/apply_metanetwork.ts";
/** @deprecated Import it from `./metanet`. */
export { createMetanetwork } from "./metanet/metanetwork_parameters.ts";
/** @deprecated Import it from `./metanet`. */
export { loadMetanetwork } from "./metanet/metanetwork_file.ts";
/** @deprecated Import it from `./metanet`. */
export { metaPrune } from "./metanet/meta_prune.ts";
/** @deprecated Import it from `./metanet`. */
export { metaStep } from "./metanet/meta_step.ts";
/** @deprecated Import it from `./metanet`. */
export { metaTrain } from "./metanet/meta_train.ts";
/** @deprecated Import it from `./metanet`. */
export { metanetworkFor } from "./metanet/metanetwork_for.ts";
/** @deprecated Import it from `./metanet`. */
export { metanetworkModel } from "./metanet/metanetwork.ts";
/** @deprecated Import it from `./metanet`. */
export { progressivePruning } from "./metanet/progressive_pruning.ts";
/** @deprecated Import it from `./metanet`. */
export { reestimateStatistics } from "./metanet/meta_prune.ts";
/** @deprecated Import it from `./metanet`. */
export { saveMetanetwork } from "./metanet/metanetwork_file.ts";
/** @deprecated Import it from `./metanet`. */
export { shrinkGroups } from "./metanet/shrink_groups.ts";
/** @deprecated Import it from `./metanet`. */
export { trainDataModel } from "./metanet/data_models.ts";
/** @deprecated Import it from `./metanet`. */
export { withGroupSparsity } from "./metanet/group_sparsity.ts";
/** @deprecated Import it from `./nn`. */
export { SWINIR_TINY } from "./nn/swinir.ts";
/** @deprecated Import it from `./nn`. */
export { edsr } from "./nn/edsr.ts";
/** @deprecated Import it from `./nn`. */
export { edsrTiny } from "./nn/edsr_tiny.ts";
/** @deprecated Import it from `./nn`. */
export { swinir } from "./nn/swinir.ts";
/** @deprecated Import it from `./onnx`. */
export { OPSET } from "./onnx/model.ts";
/** @deprecated Import it from `./onnx`. */
export { backward } from "./onnx/gradients.ts";
/** @deprecated Import it from `./onnx`. */
export { decodeModel } from "./onnx/codec/decode.ts";
/** @deprecated Import it from `./runtime`. */
export { foldConstants } from "./runtime/fold_constants.ts";
/** @deprecated Import `constantsToInitializers` from `./onnx`. */
export { constantsToInitializers as hoistConstants } from "./onnx/passes/constants_to_initializers.ts";
/** @deprecated Import it from `./onnx`. */
export { removeDeadCode } from "./onnx/passes/dead_code.ts";
/** @deprecated Import it from `./onnx`. */
export { upgradeOpset } from "./onnx/upgrade.ts";
/** @deprecated Import it from `./prune`. */
export { ChannelGroups } from "./prune/channel_groups.ts";
/** @deprecated Import it from `./prune`. */
export { CostReport } from "./prune/cost_report.ts";
/** @deprecated Import it from `./prune`. */
export { PruningPlan } from "./prune/pruning_plan.ts";
/** @deprecated Import it from `./prune`. */
export { measureSideBySide } from "./prune/latency/latency.ts";
/** @deprecated Import it from `./prune`. */
export { permuteChannels } from "./prune/permute_channels.ts";
/** @deprecated Import it from `./sparse`. */
export { assl } from "./sparse/methods/assl.ts";
/** @deprecated Import it from `./sparse`. */
export { issR } from "./sparse/methods/iss_r.ts";
/** @deprecated Import it from `./sparse`. */
export { randomMask } from "./sparse/methods/random_mask.ts";
/** @deprecated Import it from `./sparse`. */
export { srp } from "./sparse/methods/srp.ts";
/** @deprecated Import it from `./sparse`. */
export { storageBytes } from "./sparse/pack/sizes.ts";
/** @deprecated Import it from `./sparse`. */
export { suggestAlpha } from "./sparse/methods/suggest_alpha.ts";
/** @deprecated Import `maskChurn` from `./sparse`. */
export { maskChurn as turnover } from "./sparse/masks.ts";
/** @deprecated Import it from `./superres`. */
export type { BenchmarkSetName } from "./superres/benchmark_sets.ts";
/** @deprecated Import it from `./superres`. */
export type { BenchmarkSetOptions } from "./superres/benchmark_sets.ts";
/** @deprecated Import it from `./superres`. */
export type { ImageFolderOptions } from "./superres/image_folder.ts";
/** @deprecated Import it from `./superres`. */
export type { ImagePair } from "./superres/patches.ts";
/** @deprecated Import it from `./superres`. */
export type { LumaOptions } from "./superres/luma.ts";
/** @deprecated Import it from `./superres`. */
export type { MetricOptions } from "./superres/psnr.ts";
/** @deprecated Import it from `./superres`. */
export type { PatchOptions } from "./superres/patches.ts";
/** @deprecated Import `ImageFolder` from `./superres`. */
export type { ImageFolder as PictureSet } from "./superres/image_folder.ts";
/** @deprecated Import `ImageSource` from `./superres`. */
export type { ImageSource as PictureSource } from "./superres/data.ts";
/** @deprecated Import `Upscaler` from `./superres`. */
export type { Upscaler as Enlarge } from "./superres/data.ts";
/** @deprecated Import `ImageComparison` from `./superres`. */
export type { ImageComparison as PictureRow } from "./superres/compare_images.ts";
/** @deprecated Import `CompareImagesOptions` from `./superres`. */
export type { CompareImagesOptions as ComparePicturesOptions } from "./superres/compare_images.ts";
/** @deprecated Import `compareImages` from `./superres`. */
export { compareImages as comparePictures } from "./superres/compare_images.ts";
/** @deprecated Import it from `./superres`. */
export type { TextureOptions } from "./superres/procedural.ts";
/** @deprecated Import it from `./superres`. */
export { benchmarkSet } from "./superres/benchmark_sets.ts";
/** @deprecated Import it from `./superres`. */
export { cropToMultiple } from "./superres/crop.ts";
/** @deprecated Import it from `./superres`. */
export { imageFolder } from "./superres/image_folder.ts";
/** @deprecated Import it from `./superres`. */
export { imresize } from "./superres/resample.ts";
/** @deprecated Import it from `./superres`. */
export { luma } from "./superres/luma.ts";
/** @deprecated Import it from `./superres`. */
export { patches } from "./superres/patches.ts";
/** @deprecated Import it from `./superres`. */
export { proceduralTextures } from "./superres/procedural.ts";
/** @deprecated Import it from `./superres`. */
export { psnr } from "./superres/psnr.ts";
/** @deprecated Import it from `./superres`. */
export { roundedLuma } from "./superres/luma.ts";
/** @deprecated Import it from `./superres`. */
export { ssim } from "./superres/ssim.ts";
/** @deprecated Import it from `./superres`. */
export { toImage } from "./superres/convert_image.ts";
/** @deprecated Import it from `./superres`. */
export { toRgb } from "./superres/convert_image.ts";
/** @deprecated Import it from `./superres`. */
export { toTensor } from "./superres/convert_image.ts";
/** @deprecated Import it from `./superres`. */
export { withoutAlpha } from "./superres/convert_image.ts";
/** @deprecated Import it from `./train`. */
export { decayWeightsOnly } from "./train/optimizers.ts";
/** @deprecated Import it from `./train`. */
export { named } from "./progress.ts";
/** @deprecated Import it from `./train`. */
export { silent } from "./progress.ts";
