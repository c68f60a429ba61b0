import { COUNT, requireNumbers } from "../../bounds.ts";
import { RangeError, TypeError } from "../../errors.ts";
import { pickOptions, requireOptions } from "../../options.ts";
import { fedInputs } from "../../onnx/topology.ts";
import { seededRandom } from "../../random.ts";
import { requireEnding } from "../../files/require_ending.ts";
import { pathOf } from "../../files/replace_files.ts";
import type { Model } from "../../onnx/model.ts";
import { type BatchSource, countExamples, type TrainingData } from "../batches.ts";
import { cutFor } from "../fixed_batch_size.ts";
import { lossBatches } from "../loss_batches.ts";
import { crossEntropy, type Loss } from "../losses.ts";
import { cosine, type Schedule } from "../schedules.ts";
import type { Sparsifier, Sparsify } from "../sparsifier.ts";
import {
  TRAINING_STEP_OPTIONS,
  type TrainingStep,
  trainingStep,
  type TrainingStepOptions,
} from "../training_step.ts";
import { requireSeveral } from "./require_several.ts";
import { CHECKPOINT_OPTIONS, type CheckpointOptions, type FitOptions } from "./options.ts";

/** Parts of a run of `fit`, from its options: all that stays the same from the first step to the last. */
export interface FitSetup {
  /** The model as it was given. */
  model: Model;
  /** The data as they were given. */
  data: TrainingData;
  /** The options as they were given. */
  options: FitOptions;
  /** The loss that is minimised. */
  loss: Loss;
  /** Seed of shuffling, augmentation and dropout. */
  seed: number;
  /** Forward pass, gradients and update as one graph. */
  step: TrainingStep;
  /** Where batches come from. */
  batches: BatchSource;
  /** Examples of all batches but an epoch's last; undefined where ready batches were given. */
  rows: number | undefined;
  /** Steps of the whole run. */
  steps: number;
  /** The learning rate of a step, counted from 0. Throws RangeError where the schedule gives no number. */
  rate(step: number): number;
  /** The method that makes weights zero, at work in this run; none where `sparsify` was not given. */
  sparse: Sparsifier | undefined;
  /** Where and when the run is saved. */
  saving: CheckpointOptions | undefined;
}

/** Checks the options of `fit`, and builds from them what the run needs. */
export function setUp(
  model: Model,
  data: TrainingData,
  options: FitOptions,
  inputShapes?: TrainingStepOptions["inputShapes"],
): FitSetup {
  const { epochs, loss = crossEntropy(), schedule = cosine({ rate: 0.01 }), seed = 0 } = options;
  const { sparsify, checkpoint, watch } = options;
  requireUsable(epochs, schedule, sparsify);
  requirePatience(options);
  if (typeof checkpoint === "object") requireTimes(checkpoint);
  if (watch) requireNumbers("watch training", { everySteps: watch.everySteps }, COUNT);
  const step = trainingStep(model, {
    ...pickOptions<TrainingStepOptions>(options, TRAINING_STEP_OPTIONS),
    loss,
    seed,
    usesPerWeightDecay: sparsify?.usesPerWeightDecay ? (weight) => sparsify.prunable(weight) : undefined,
    inputShapes,
  });
  const batches = batchesOf(model, data, options);
  const steps = epochs * batches.stepsPerEpoch;
  const rate = checkedRate(schedule, steps);
  const rows = rowsOf(model, data, options);
  if (rows) requireSeveral({ model, step }, rows.least);
  return {
    model,
    data,
    options,
    loss,
    seed,
    step,
    batches,
    rows: rows?.most,
    steps,
    rate,
    sparse: sparsify?.sparsifier({ model, step, steps, rate, seed }),
    saving: checkpoint === undefined ? undefined : savingOf(checkpoint),
  };
}

function batchesOf(
  model: Model,
  data: TrainingData,
  { loss = crossEntropy(), seed = 0, batchSize }: FitOptions,
): BatchSource {
  return lossBatches("train", data, loss, {
    ...cutFor("train", model, data, batchSize),
    input: fedInputs(model.graph)[0] ?? "",
    shuffleSeed: seed,
  });
}

/** Examples of a run's batches, most and least; undefined where ready ones were given. */
function rowsOf(
  model: Model,
  data: TrainingData,
  { batchSize: asked }: FitOptions,
): { most: number; least: number } | undefined {
  if ("batch" in data) return undefined;
  const { batchSize, dropLast } = cutFor("train", model, data, asked);
  const examples = countExamples(data);
  return {
    most: Math.min(batchSize, examples),
    least: dropLast ? batchSize : examples % batchSize || batchSize,
  };
}

/** Shapes of the largest batch's inputs, as the model is fed them. */
export async function largestShapes(
  model: Model,
  data: TrainingData,
  options: FitOptions,
): Promise<Record<string, readonly number[]>> {
  const batches = batchesOf(model, data, options);
  let batch = await (batches.largest?.() ?? batches.batch(0, 0));
  if (options.augment) batch = await options.augment(batch, seededRandom(options.seed ?? 0, "augment", 0, 0));
  return Object.fromEntries(Object.entries(batch.inputs).map(([name, { dims }]) => [name, dims]));
}

/** Endings that promise a model or weights to others. A checkpoint's name may have others, or none. */
const OF_MODELS = /\.(?:onnx|pth?|gguf|npz|npy|bin|h5|json)$/i;

/**
 * When and where a run is saved, as its options say.
 *
 * @throws RangeError where the name promises something else than a checkpoint
 */
export function savingOf(checkpoint: string | CheckpointOptions): CheckpointOptions {
  const options = typeof checkpoint === "string" ? { path: checkpoint } : checkpoint;
  const path = pathOf(options.path, "checkpoint");
  if (OF_MODELS.test(path)) requireEnding(path, { does: "save a checkpoint", endings: [".safetensors"] });
  return { ...options, path };
}

function requireUsable(epochs: number, schedule: Schedule, sparsify: Sparsify | undefined): void {
  if (!Number.isInteger(epochs) || epochs < 0) {
    throw new RangeError(
      `Cannot train for ${epochs} epochs: expected a whole number, as in fit(model, data, { epochs: 10 })`,
    );
  }
  if (typeof schedule !== "function") {
    throw new TypeError(
      `Cannot train with schedule ${schedule}: expected a function of the step, such as constantRate(0.01)`,
    );
  }
  if (sparsify !== undefined && typeof sparsify.sparsifier !== "function") {
    throw new TypeError(
      "Cannot train with what was given as sparsify: expected a method, such as issP({ sparsity: 0.9 }), or " +
        "sparseMethod({ … }) of one's own",
    );
  }
}

function requireTimes(checkpoint: CheckpointOptions): void {
  requireOptions("fit with checkpoint", checkpoint, CHECKPOINT_OPTIONS);
  const { everySteps, everySeconds } = checkpoint;
  if (everySteps !== undefined) requireNumbers("save a checkpoint", { everySteps }, COUNT);
  if (everySeconds !== undefined) requireNumbers("save a checkpoint", { everySeconds }, { above: 0 });
}

function requirePatience({ patience, score, validation }: FitOptions): void {
  if (patience === undefined) return;
  requireNumbers("train", { patience }, { whole: true, from: 0 });
  if (score || validation) return;
  throw new TypeError(
    'Cannot train with "patience" alone: nothing says which epochs are better; give `score` or `validation`',
  );
}

function checkedRate(schedule: Schedule, steps: number): (step: number) => number {
  return (step) => {
    const rate = schedule(step, steps);
    if (Number.isFinite(rate) && rate >= 0) return rate;
    throw new RangeError(
      `Cannot train with this schedule: it gives ${rate} at step ${step} of ${steps}, expected a learning rate, from 0`,
    );
  };
}
