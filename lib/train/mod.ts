/**
 * Training: one graph per step, losses, optimizers, schedules, `fit` and `evaluate`.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../onnx/mod.ts";
 * import { mlp } from "../nn/mod.ts";
 * import { evaluate, fit } from "./mod.ts";
 *
 * // Which of two numbers is the larger one?
 * const data = { inputs: float32([0, 1, 2, 1, 3, 5, 4, 0], [4, 2]), targets: [1, 0, 1, 0] };
 * const { model } = await fit(mlp({ sizes: [2, 8, 2] }), data, { epochs: 100 });
 * assert.equal((await evaluate(model, data)).accuracy, 1);
 * ```
 *
 * @module
 */
export {
  type Augment,
  type Batch,
  type BatchOptions,
  type BatchSource,
  type Examples,
  type ExampleSource,
  type StreamedExamples,
  type TrainingData,
} from "./batches.ts";
export type { Labels } from "./labels.ts";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.ts";
export { type CheckpointOptions, fit, type FitOptions, type FitResult, type Watched } from "./fit.ts";
export { type EpochRow } from "./history.ts";
export {
  binaryCrossEntropy,
  crossEntropy,
  type CrossEntropyOptions,
  distillation,
  type DistillationOptions,
  type Loss,
  type LossFunction,
  meanAbsoluteError,
  meanSquaredError,
  mixedCrossEntropy,
  type TargetInfo,
} from "./losses.ts";
export { cutMix, type CutMixOptions, inTurn, mixUp, type MixUpOptions, oneOf } from "./mixing.ts";
export {
  adam,
  type AdamOptions,
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
} from "./optimizers.ts";
export {
  constantRate,
  cosine,
  type CosineOptions,
  linearDecay,
  type LinearDecayOptions,
  multiStep,
  type MultiStepOptions,
  oneCycle,
  type OneCycleOptions,
  perEpoch,
  type Schedule,
} from "./schedules.ts";
export { type Sparsifier, type SparsifierRun, type Sparsify } from "./sparsifier.ts";
export type { StepMemory } from "./memory/memory_budget.ts";
export { type TrainingStep, trainingStep, type TrainingStepOptions } from "./training_step.ts";
export { named, type Progress, silent } from "../progress.ts";
