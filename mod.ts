/**
 * Espalier prunes and retrains neural networks, seen as graphs. Every network is a {@linkcode Model}, an ONNX graph
 * with its tensors, and everything here is a function on it.
 *
 * ```ts
 * import { countMacs, planPruning, prune, resnetCifar } from "./mod.ts";
 *
 * const model = resnetCifar({ depth: 20 }); // or await loadModel("model.onnx")
 * const plan = planPruning(model, { target: { macs: 0.5 }, criterion: "group-l2" });
 * const smaller = prune(model, plan);
 * if (countMacs(smaller).macs > 0.51 * countMacs(model).macs) throw new Error("not what was planned");
 * ```
 *
 * This is the front door. Every file can also be imported by its own path: figures from `lib/plot/mod.ts`, notebooks' display
 * and progress from `kernels/jupyter/mod.ts`.
 *
 * @module
 */

// The model: reading, writing, building, analysing.
export { Tensor } from "./lib/deps.ts";
export { type Graph, Model, type ModelInfo, type Node, OPSET, type ValueInfo } from "./lib/onnx/model.ts";
export type { AnyTensor, DataType, OpaqueTensor, OpaqueType, TensorType } from "./lib/onnx/tensor.ts";
export type { Attribute, AttributeLike, Attributes } from "./lib/onnx/attribute.ts";
export type { Dim, Shape } from "./lib/onnx/dim.ts";
export { GraphBuilder, type ReduceOptions, type Value, type WindowOptions } from "./lib/onnx/builder.ts";
export { loadModel, type LoadOptions } from "./lib/onnx/load.ts";
export { saveModel, type SaveOptions } from "./lib/onnx/save.ts";
export { decodeModel, type DecodeOptions } from "./lib/onnx/decode.ts";
export type { ExternalReference, ResolveExternal } from "./lib/onnx/decode_tensor.ts";
export { upgradeOpset } from "./lib/onnx/upgrade.ts";
export { foldConstants, type FoldOptions } from "./lib/onnx/fold_constants.ts";
export { hoistConstants } from "./lib/onnx/hoist_constants.ts";
export { removeDeadCode } from "./lib/onnx/dead_code.ts";
export { inferShapes, type InputShapes } from "./lib/onnx/infer_shapes.ts";
export { type Cost, countMacs } from "./lib/onnx/count_macs.ts";
export { backward, type BackwardOptions, type Gradients, gradients } from "./lib/onnx/gradients.ts";

// Running.
export { type EngineReport, engines, type OpenOptions, openRuntime } from "./lib/runtime/engines.ts";
export { runModel, type RunModelOptions } from "./lib/runtime/run_model.ts";
export type { EngineName, Runtime, Session, SessionOptions, Tensors } from "./lib/runtime/runtime.ts";

// Files of other programs.
export { loadCheckpoint, type LoadCheckpointOptions } from "./lib/formats/load_checkpoint.ts";
export { leftOut } from "./lib/formats/left_out.ts";
export type { Source } from "./lib/formats/read_source.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./lib/formats/safetensors.ts";
export { decodeNpy, encodeNpy } from "./lib/formats/npy.ts";
export { decodeNpz } from "./lib/formats/npz.ts";
export { decodeImage, type Image } from "./lib/formats/image.ts";
export { crop, type Rectangle } from "./lib/formats/crop.ts";
export { encodePng } from "./lib/formats/png.ts";

// Networks.
export { resnetCifar, type ResnetCifarOptions } from "./lib/nn/resnet_cifar.ts";
export { resnetImagenet, type ResnetImagenetOptions } from "./lib/nn/resnet_imagenet.ts";
export { vit, type VitOptions } from "./lib/nn/vit.ts";
export { vggBn, type VggBnOptions } from "./lib/nn/vgg_bn.ts";
export { mlp, type MlpOptions } from "./lib/nn/mlp.ts";
export { edsr, type EdsrOptions } from "./lib/nn/edsr.ts";
export { swinir, SWINIR_TINY, type SwinirOptions } from "./lib/nn/swinir.ts";
export { edsrTiny, type EdsrTinyOptions } from "./lib/nn/edsr_tiny.ts";
export { loadWeights, type LoadWeightsOptions } from "./lib/nn/load_weights.ts";
export type { Weight, WeightRole } from "./lib/nn/weights.ts";
export { type Random, seededRandom } from "./lib/random.ts";

// Training.
export {
  type CheckpointOptions,
  fit,
  type FitOptions,
  type FitResult,
  type Watched,
} from "./lib/train/fit.ts";
export { evaluate, type EvaluateOptions, type Evaluation } from "./lib/train/evaluate.ts";
export type { EpochRow } from "./lib/train/history.ts";
export type {
  Augment,
  Batch,
  BatchOptions,
  BatchSource,
  Examples,
  ExampleSource,
  StreamedExamples,
  TrainingData,
} from "./lib/train/batches.ts";
export {
  crossEntropy,
  type CrossEntropyOptions,
  distillation,
  type DistillationOptions,
  type Loss,
  type LossFunction,
  meanAbsoluteError,
  meanSquaredError,
  type TargetInfo,
} from "./lib/train/losses.ts";
export {
  adamW,
  type AdamWOptions,
  decayWeightsOnly,
  type Optimizer,
  type ParameterGroups,
  type ParameterOptions,
  sgd,
  type SgdOptions,
  type Update,
  type UpdateContext,
} from "./lib/train/optimizers.ts";
export {
  constantRate,
  cosine,
  type CosineOptions,
  multiStep,
  type MultiStepOptions,
  oneCycle,
  type OneCycleOptions,
  type Schedule,
} from "./lib/train/schedules.ts";
export { type TrainingStep, trainingStep, type TrainingStepOptions } from "./lib/train/training_step.ts";
export { named, type Progress, silent } from "./lib/progress.ts";

// Sparsity: single weights that become zero in training.
export type {
  SparseLayer,
  SparseMethod,
  SparseMoment,
  SparsityOptions,
  StructureOptions,
} from "./lib/sparse/method.ts";
export { issP, type IssPOptions } from "./lib/sparse/iss_p.ts";
export { iht, type IhtOptions } from "./lib/sparse/iht.ts";
export { issR, type IssROptions } from "./lib/sparse/iss_r.ts";
export { oneShotL1, type OneShotL1Options } from "./lib/sparse/one_shot_l1.ts";
export { srp, type SrpOptions } from "./lib/sparse/srp.ts";
export { assl, type AsslOptions } from "./lib/sparse/assl.ts";
export { randomMask } from "./lib/sparse/random_mask.ts";
export { fixedMasks } from "./lib/sparse/fixed_masks.ts";
export { nmMasks } from "./lib/sparse/nm_masks.ts";
export type { GrowthOptions } from "./lib/sparse/growth.ts";
export { suggestAlpha } from "./lib/sparse/suggest_alpha.ts";
export type { NmPattern } from "./kernels/webgpu/nm/nm_groups.ts";
export {
  magnitudeMasks,
  type Mask,
  type Masks,
  maskWeights,
  type Sparsity,
  sparsityOf,
  turnover,
} from "./lib/sparse/masks.ts";
export { loadSparse, type SparseModel } from "./lib/sparse/pack/load_sparse.ts";
export { saveSparse, type SaveSparseOptions } from "./lib/sparse/pack/save_sparse.ts";
export type { PackingName } from "./lib/sparse/pack/table.ts";
export { type PackedLayer, storageBytes, type StorageName } from "./lib/sparse/pack/sizes.ts";

// Data.
export { cifar10, CIFAR10_NORMALIZATION, type Cifar10Options } from "./lib/data/cifar10.ts";
export { cifar100, CIFAR100_NORMALIZATION } from "./lib/data/cifar100.ts";
export { svhn, SVHN_NORMALIZATION } from "./lib/data/svhn.ts";
export {
  imagenet,
  IMAGENET_NORMALIZATION,
  type ImagenetOptions,
  type StreamedData,
} from "./lib/data/imagenet.ts";
export { type ClassFolders, classFolders, type LabelledFiles } from "./lib/data/class_folders.ts";
export { pictureStream, type PictureStreamOptions } from "./lib/data/picture_stream.ts";
export { centreCrop, randomResizedCrop } from "./lib/data/crops.ts";
export { resizeBilinear } from "./lib/data/resize.ts";
export { mnist } from "./lib/data/mnist.ts";
export { fashionMnist } from "./lib/data/fashion_mnist.ts";
export { proceduralImages, type ProceduralOptions } from "./lib/data/procedural.ts";
export {
  type ImageData,
  type ImageSet,
  type Normalization,
  normalize,
  subset,
  toExamples,
  toImageBatches,
} from "./lib/data/image_set.ts";
export { black, cropAndFlip, type CropAndFlipOptions } from "./lib/data/augment.ts";

// Super-resolution.
export { imresize } from "./lib/superres/resample.ts";
export { toImage, toRgb, toTensor, withoutAlpha } from "./lib/superres/picture.ts";
export { cropToMultiple } from "./lib/superres/crop.ts";
export { luma, type LumaOptions, roundedLuma } from "./lib/superres/luma.ts";
export { type MetricOptions, psnr } from "./lib/superres/psnr.ts";
export { ssim } from "./lib/superres/ssim.ts";
export { type ImagePair, patches, type PatchOptions } from "./lib/superres/patches.ts";
export {
  benchmarkSet,
  type BenchmarkSetName,
  type BenchmarkSetOptions,
} from "./lib/superres/benchmark_sets.ts";
export { imageFolder, type ImageFolderOptions, type PictureSet } from "./lib/superres/image_folder.ts";
export { proceduralTextures, type TextureOptions } from "./lib/superres/procedural.ts";

// Pruning.
export {
  type Boundary,
  type ChannelGroup,
  ChannelGroups,
  channelGroups,
  type Role,
  type Slot,
} from "./lib/prune/channel_groups.ts";
export {
  type CostTarget,
  type MeasuredPlanOptions,
  type PlannedGroup,
  type PlanOptions,
  planPruning,
  type ProtectedGroup,
  PruningPlan,
  type Target,
} from "./lib/prune/plan.ts";
export type { CostPlanOptions } from "./lib/prune/plan_for_cost.ts";
export type { Costs } from "./lib/prune/cost.ts";
export type { Criterion } from "./lib/prune/criteria/criterion.ts";
export type { CriterionName } from "./lib/prune/criteria/table.ts";
export { taylor } from "./lib/prune/criteria/taylor.ts";
export { prune } from "./lib/prune/prune.ts";
export { mask } from "./lib/prune/mask.ts";
export { permuteChannels } from "./lib/prune/permute_channels.ts";
export { sensitivity, type SensitivityOptions, type SensitivityRow } from "./lib/prune/sensitivity.ts";
export { type Latency, type LatencyOptions, measureLatency, measureSideBySide } from "./lib/prune/latency.ts";
export { CostReport, type ModelCosts, report, type ReportOptions } from "./lib/prune/report.ts";

// Meta graphs.
export {
  type BlockUse,
  type Carried,
  type EdgeBlock,
  type LayerKind,
  type LayerView,
  MetaGraph,
  type NodeLayer,
  type NodeUse,
  type Tap,
} from "./lib/metagraph/meta_graph.ts";
export { metaGraph, type MetaGraphOptions } from "./lib/metagraph/convert.ts";
export { coverageOf, type CoverageRow } from "./lib/metagraph/coverage.ts";
export { fromMetaGraph } from "./lib/metagraph/restore.ts";

// Meta pruning.
export {
  createMetanetwork,
  type Metanetwork,
  metanetworkModel,
  type MetanetworkSettings,
  type MetaStructure,
} from "./lib/metanet/metanetwork.ts";
export { metanetworkFor } from "./lib/metanet/metanetwork_for.ts";
export { loadMetanetwork, saveMetanetwork } from "./lib/metanet/metanetwork_file.ts";
export { applyMetanetwork } from "./lib/metanet/apply_metanetwork.ts";
export { type MetaStep, metaStep, type MetaStepOptions } from "./lib/metanet/meta_step.ts";
export {
  metaTrain,
  type MetaTrained,
  type MetaTrainOptions,
  type Snapshot,
} from "./lib/metanet/meta_train.ts";
export { type DataModelOptions, trainDataModel } from "./lib/metanet/data_models.ts";
export {
  metaPrune,
  type MetaPruned,
  type MetaPruneOptions,
  reestimateStatistics,
} from "./lib/metanet/meta_prune.ts";
export {
  type ProgressiveOptions,
  progressivePruning,
  type PruningStage,
} from "./lib/metanet/progressive_pruning.ts";
export { withGroupSparsity } from "./lib/metanet/group_sparsity.ts";
export { shrinkGroups, type ShrinkOptions } from "./lib/metanet/shrink_groups.ts";
export type { GroupSparsityOptions } from "./lib/metanet/sparsity_gradient.ts";
