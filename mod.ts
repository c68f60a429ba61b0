/**
 * Espalier prunes and retrains neural networks, seen as graphs. Every network is a {@linkcode Model}, an ONNX
 * graph with its tensors, and everything here is a function on it.
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
 * This is the front door. Each field has a door of its own with all that is in it (by URL
 * `lib/onnx/mod.ts` and so on): for models `./onnx`, `./io`, `./formats`, `./runtime`, `./nn`, `./train`,
 * `./prune`, `./sparse`, `./compress`, `./metagraph`, `./metanet`, `./bundle`; for what they learn `./data`,
 * `./superres`, `./text`, `./ctr`, `./questions`, `./chat`, `./agents`; for transformers and language models
 * `./transformer`, `./transformer/map`, `./lm`, `./evaluation`, `./distillation`, `./interpretation`; for
 * experiments `./experiment`, `./statistics`, `./plot`, `./drawings`, `./papers/tour`, and one for each paper
 * (`./papers/meta_pruning` and so on); and `./webgpu`, `./jupyter`.
 *
 * @module
 */

// The model: reading, writing, building, analysing.
export { float32, int32, int64, Tensor, uint8 } from "./lib/tensor/tensor.ts";
export { floats } from "./lib/tensor/arrays.ts";
export { type Graph, Model, type ModelInfo, type Node, type ValueInfo } from "./lib/onnx/model.ts";
export type {
  AnyTensor,
  DataType,
  NestedArray,
  OpaqueTensor,
  OpaqueType,
  TensorType,
} from "./lib/tensor/tensor.ts";
export type { Attribute, AttributeLike, Attributes } from "./lib/onnx/attribute.ts";
export type { Dim, Shape } from "./lib/onnx/dim.ts";
export type { GraphEditor } from "./lib/onnx/graph_editor.ts";
export { GraphBuilder, type ReduceOptions, type Value, type WindowOptions } from "./lib/onnx/builder.ts";
export { loadModel, type LoadOptions } from "./lib/io/load_model.ts";
export { type PaddedCounts, type SavedModel, saveModel, type SaveOptions } from "./lib/io/save_model.ts";
export type { ExternalReference, ResolveExternal } from "./lib/onnx/codec/decode_tensor.ts";
export { inferShapes, type InputShapes } from "./lib/onnx/infer_shapes.ts";
export { type Cost, countMacs } from "./lib/onnx/count_macs.ts";
export { type BackwardOptions, type Gradients, gradients } from "./lib/onnx/gradients.ts";

// Running.
export { type EngineReport, engines, type OpenOptions, openRuntime } from "./lib/runtime/engines.ts";
export { runModel, type RunModelOptions } from "./lib/runtime/run_model.ts";
export type { EngineName, Runtime, Session, SessionOptions, Tensors } from "./lib/runtime/runtime.ts";

// Files of other programs.
export { loadCheckpoint, type LoadCheckpointOptions } from "./lib/formats/load_checkpoint.ts";
export type { Source } from "./lib/formats/read_source.ts";

// Networks.
export { resnetCifar, type ResnetCifarOptions } from "./lib/nn/resnet_cifar.ts";
export { resnetImagenet, type ResnetImagenetOptions } from "./lib/nn/resnet_imagenet.ts";
export { vit, type VitOptions } from "./lib/nn/vit.ts";
export { vggBn, type VggBnOptions } from "./lib/nn/vgg_bn.ts";
export { mlp, type MlpOptions } from "./lib/nn/mlp.ts";
export { loadWeights, type LoadWeightsOptions } from "./lib/nn/load_weights.ts";
export type { Weight } from "./lib/nn/weights.ts";
export type { WeightRole } from "./lib/onnx/operators/facts.ts";
export type { DeclaredRole } from "./lib/onnx/declared_roles.ts";
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
export type { Labels } from "./lib/train/labels.ts";
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
export type { Sparsifier, SparsifierRun, Sparsify } from "./lib/train/sparsifier.ts";

// Sparsity: single weights that become zero in training.
export {
  type PruningStepsOptions,
  type SparseLayer,
  type SparseMethod,
  sparseMethod,
  type SparseMoment,
  type SparseRules,
  type SparsityOptions,
} from "./lib/sparse/method.ts";
export { issP, type IssPOptions } from "./lib/sparse/methods/iss_p.ts";
export { iht, type IhtOptions } from "./lib/sparse/methods/iht.ts";
export { oneShotL1, type OneShotL1Options } from "./lib/sparse/methods/one_shot_l1.ts";
export { fixedMasks } from "./lib/sparse/methods/fixed_masks.ts";
export { nmMasks } from "./lib/sparse/nm_masks.ts";
export type { PenaltyScheduleOptions } from "./lib/sparse/methods/penalty_schedule.ts";
export type { NmPattern } from "./kernels/webgpu/nm/nm_groups.ts";
export { magnitudeMasks, maskWeights, type Sparsity, sparsityOf } from "./lib/sparse/masks.ts";
export { type Mask, type Masks } from "./lib/train/weight_mask.ts";
export { loadSparse, type SparseModel } from "./lib/sparse/pack/load_sparse.ts";
export { saveSparse, type SaveSparseOptions } from "./lib/sparse/pack/save_sparse.ts";
export type { PackingName } from "./lib/sparse/pack/table.ts";

// Data.
export { cifar10, type Cifar10Options } from "./lib/data/cifar10.ts";
export { cifar100 } from "./lib/data/cifar100.ts";
export { imagenet, type ImagenetOptions, type StreamedData } from "./lib/data/imagenet.ts";
export { mnist } from "./lib/data/mnist.ts";
export { fashionMnist } from "./lib/data/fashion_mnist.ts";
export { proceduralImages, type ProceduralOptions } from "./lib/data/procedural.ts";
export { type ImageData, type ImageSet, type Normalization, toExamples } from "./lib/data/image_set.ts";
export { cropAndFlip, type CropAndFlipOptions } from "./lib/data/images/augment.ts";

// Pruning.
export { type Boundary, type ChannelGroup, channelGroups, type Slot } from "./lib/prune/channel_groups.ts";
export type { Role } from "./lib/prune/rows/row.ts";
export { type MeasuredPlanOptions, type PlanOptions, planPruning } from "./lib/prune/plan.ts";
export {
  type CostTarget,
  type PlannedGroup,
  type ProtectedGroup,
  type Target,
} from "./lib/prune/pruning_plan.ts";
export type { CostPlanOptions } from "./lib/prune/plan/options.ts";
export type { Costs } from "./lib/prune/plan/cost.ts";
export type { Criterion } from "./lib/prune/criteria/criterion.ts";
export type { CriterionName } from "./lib/prune/criteria/table.ts";
export { taylor } from "./lib/prune/criteria/taylor.ts";
export { type OperatorRows, registerOperator } from "./lib/prune/rows/register_operator.ts";
export { prune } from "./lib/prune/prune.ts";
export type { PrunableKind } from "./lib/prune/kinds.ts";
export { mask } from "./lib/prune/mask.ts";
export { sensitivity, type SensitivityOptions, type SensitivityRow } from "./lib/prune/sensitivity.ts";
export { type Latency, type LatencyOptions, measureLatency } from "./lib/prune/latency/latency.ts";
export { report, type ReportOptions } from "./lib/prune/report.ts";
export type { ModelCosts } from "./lib/prune/cost_report.ts";
