import { omitNames, type OptionNames } from "../../options.ts";
import type { Progress } from "../../progress.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Augment, TrainingData } from "../batches.ts";
import type { EpochRow } from "../history.ts";
import type { Schedule } from "../schedules.ts";
import type { Sparsify } from "../sparsifier.ts";
import { TRAINING_STEP_OPTIONS, type TrainingStepOptions } from "../training_step.ts";
import type { Masks } from "../weight_mask.ts";

/** When a run is saved. */
export interface CheckpointOptions {
  /**
   * One file, in safetensors' format, which is replaced as a whole: `run.safetensors`, or a name without an
   * ending. A run that finds one goes on from it.
   */
  path: string;
  /** Saves also every so many steps; epochs are always saved. */
  everySteps?: number | undefined;
  /** Saves also where so many seconds have passed since the last time. */
  everySeconds?: number | undefined;
}

/** Names of {@linkcode CheckpointOptions}. */
export const CHECKPOINT_OPTIONS: OptionNames<CheckpointOptions> = {
  path: true,
  everySteps: true,
  everySeconds: true,
};

/** A run of training between two steps, as {@linkcode FitOptions.watch} is shown it. */
export interface Watched {
  /** Steps done. */
  step: number;
  /** Mean over the steps since the last look; where a run resumed, since then. */
  loss: number;
  /** The model as it is now. */
  model: Model;
  /** Where weights become zero: which ones stay, once that is decided. */
  masks?: Masks | undefined;
}

/** Settings of {@linkcode fit}. */
export interface FitOptions
  extends Omit<TrainingStepOptions, "usesPerWeightDecay" | "inputGradients" | "inputShapes"> {
  /** Times that the training data are gone through. */
  epochs: number;
  /** Examples per step. Default 128, or what the model fixes; ready batches stay as they are. */
  batchSize?: number | undefined;
  /** Learning rate by step. Default half a cosine wave from 0.01. */
  schedule?: Schedule | undefined;
  /** Makes weights zero on the way, such as `issP({ sparsity: 0.9 })`. Default: none. */
  sparsify?: Sparsify | undefined;
  /** Data that are looked at after each epoch. Default: none. */
  validation?: TrainingData | undefined;
  /**
   * Judges the model after each epoch, in place of accuracy or loss: the higher, the better, such as an area
   * under the ROC curve. Goes into the history, and decides which epoch was best. Default: `validation` does.
   */
  score?:
    | ((model: Model, at: { runtime: Runtime; epoch: number }) => number | Promise<number>)
    | undefined;
  /** Data that `score` judges by, so that a run with others does not go on from this one's checkpoint. */
  scoreData?: TrainingData | undefined;
  /**
   * Ends the run once more than so many epochs in a row have not been better than the best one: 0 ends it at
   * the first. Needs `score` or `validation`. Default: all epochs are trained.
   */
  patience?: number | undefined;
  /**
   * Called at the end of each epoch, before it is saved, with a way to the model as it is now: an epoch that
   * a stopped run had not saved comes again. Default: nothing.
   */
  afterEpoch?: ((row: EpochRow, model: () => Model) => void | Promise<void>) | undefined;
  /** Changes each batch before it is trained on. Default: not at all. */
  augment?: Augment | undefined;
  /** Is shown the model every so many steps, without changing the run. Default: nobody. */
  watch?: { everySteps: number; look: (now: Watched) => void | Promise<void> } | undefined;
  /** Who is told how it goes, once a step. Default: nobody. */
  progress?: Progress | undefined;
  /** Ends the run after the step at hand: a checkpoint is saved, and `fit` throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Where to save and resume. Default: nowhere. */
  checkpoint?: string | CheckpointOptions | undefined;
  /** Seed of shuffling, augmentation and dropout. Default 0. */
  seed?: number | undefined;
  /** The engine that trains. Default: the best one there is, opened for this run and closed after it. */
  runtime?: Runtime | undefined;
}

/** Names of {@linkcode FitOptions}. */
export const FIT_OPTIONS: OptionNames<FitOptions> = {
  epochs: true,
  batchSize: true,
  schedule: true,
  sparsify: true,
  validation: true,
  score: true,
  scoreData: true,
  patience: true,
  afterEpoch: true,
  augment: true,
  watch: true,
  progress: true,
  signal: true,
  checkpoint: true,
  runtime: true,
  ...omitNames(TRAINING_STEP_OPTIONS, "usesPerWeightDecay", "inputGradients", "inputShapes"),
};

/** A trained model, and how training went: the result of {@linkcode fit}. */
export interface FitResult {
  /** The model with the weights after the last step; their average where `ema` was asked for. */
  model: Model;
  /**
   * The model as it did best by `score`, or on the validation data: highest accuracy, or lowest loss where
   * there are no labels. With `sparsify`, only epochs whose zeros were final count.
   */
  best?: { model: Model; epoch: number; score: number };
  /** One row per epoch. */
  history: EpochRow[];
  /** Which weights stay, by name, where `sparsify` was asked for. */
  masks?: Masks | undefined;
}
