import { type Bounds, COUNT, requireNumbers } from "../bounds.ts";
import { type OptionNames, pickOptions, requireOptions, withoutUndefined } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { Progress } from "../progress.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import type { Augment } from "../train/batches.ts";
import { fit } from "../train/fit.ts";
import type { EpochRow } from "../train/history.ts";
import { binaryCrossEntropy, type Loss } from "../train/losses.ts";
import { adam, type Optimizer, type ParameterGroups } from "../train/optimizers.ts";
import { constantRate } from "../train/schedules.ts";
import { type ClickLog, requireLike, toClickExamples } from "./clicks.ts";
import { predict, scoreLogits } from "./predict.ts";

/** How models of click-through rates are trained. */
export interface TrainingSettings {
  /** Rows per step. */
  batchSize: number;
  /** Learning rate of Adam. */
  rate: number;
  /** L2, added to every gradient before Adam's moments. */
  weightDecay: number;
  /** Times that the training rows are gone through at most. */
  epochs: number;
  /** Epochs in a row without a better area under the curve, after which training still goes on. */
  patience: number;
}

/** Names of {@linkcode TrainingSettings}, and which numbers each may be. */
export const TRAINING_SETTINGS: Readonly<Record<keyof TrainingSettings, Bounds>> = {
  batchSize: COUNT,
  rate: { above: 0 },
  weightDecay: { from: 0 },
  epochs: COUNT,
  patience: { whole: true, from: 0 },
};

/** Throws RangeError where one of these settings, as far as they are given, cannot be meant. */
export function requireTraining(action: string, settings: Partial<TrainingSettings>): void {
  const given = withoutUndefined(pickOptions<Partial<TrainingSettings>>(settings, TRAINING_SETTINGS));
  const bounds: Readonly<Record<string, Bounds>> = TRAINING_SETTINGS;
  for (const [name, value] of Object.entries(given)) requireNumbers(action, { [name]: value }, bounds[name]!);
}

/** Where a training takes place. */
export interface Workplace {
  /** The engine. */
  runtime: Runtime;
  /** Who is told how it goes. Default: nobody. */
  progress?: Progress | undefined;
  /** A folder in which runs leave checkpoints and go on from them. Default: none. */
  folder?: string | undefined;
}

/** Names of {@linkcode Workplace}. */
const WORKPLACE: OptionNames<Workplace> = { runtime: true, progress: true, folder: true };

/** Settings of one training beside those that all share. */
export interface TrainCtrOptions extends TrainingSettings, Workplace {
  /** Seed of the order of rows, and of what is drawn. */
  seed: number;
  /** Name of its checkpoint in the folder. */
  name: string;
  /** Loss that is minimised. Default: the mean cross entropy of clicks. */
  loss?: Loss | undefined;
  /** How gradients change weights. Default: Adam with the L2 of the settings. */
  optimizer?: Optimizer | undefined;
  /** Options for single parameters. */
  groups?: ParameterGroups | undefined;
  /** Weights that stay as they are. Default: none. */
  freeze?: ((name: string) => boolean) | undefined;
  /** Changes each batch, or adds to it, before it is trained on. */
  augment?: Augment | undefined;
  /** Tensors for further inputs of the model, fed where it is judged. */
  feeds?: Tensors | undefined;
  /** Ends the training after the step at hand, with its reason. */
  signal?: AbortSignal | undefined;
  /** Sees the model after each epoch. */
  afterEpoch?: ((row: EpochRow, model: () => Model) => void | Promise<void>) | undefined;
}

/** Names of {@linkcode TrainCtrOptions}. */
const TRAIN_CTR_OPTIONS: OptionNames<TrainCtrOptions> = {
  ...TRAINING_SETTINGS,
  ...WORKPLACE,
  seed: true,
  name: true,
  loss: true,
  optimizer: true,
  groups: true,
  freeze: true,
  augment: true,
  feeds: true,
  signal: true,
  afterEpoch: true,
};

/** A trained model: that of the epoch with the highest area under the curve on the validation rows. */
export interface TrainedCtr {
  /** The model. */
  model: Model;
  /** Area under the ROC curve on the validation rows. */
  auc: number;
  /** One row per epoch; `score` is the area. */
  history: EpochRow[];
  /**
   * Reason why training ended: `patience` where the area had stopped rising, `epochs` where it might have
   * risen further with more of them.
   */
  ended: "epochs" | "patience";
}

/**
 * Trains a model of click-through rates and keeps its best epoch.
 *
 * @throws TypeError where the validation rows have other fields than those to train on, or a checkpoint is of
 * another run; RangeError where a setting cannot be meant, or an id is none of its field's; the signal's
 * reason where it is aborted
 */
export async function trainCtr(
  model: Model,
  log: Pick<ClickLog, "train" | "validation">,
  options: TrainCtrOptions,
): Promise<TrainedCtr> {
  requireOptions("trainCtr", options, TRAIN_CTR_OPTIONS);
  requireTraining("train a click model", options);
  const { rate, weightDecay, folder, name, feeds, loss, optimizer, groups, freeze, augment } = options;
  const { afterEpoch, signal, progress, ...rest } = options;
  const { train, validation } = log;
  requireLike("validation", validation, train.fields);
  const data = "ids" in train ? toClickExamples(train) : train.batches(rest);
  const { history, best } = await fit(model, data, {
    epochs: rest.epochs,
    patience: rest.patience,
    batchSize: rest.batchSize,
    seed: rest.seed,
    runtime: rest.runtime,
    schedule: constantRate(rate),
    loss: loss ?? binaryCrossEntropy(),
    optimizer: optimizer ?? adam({ weightDecay }),
    groups,
    freeze: freeze && ((weight) => freeze(weight.name)),
    augment,
    progress,
    signal,
    checkpoint: folder === undefined ? undefined : `${folder}/${name}.safetensors`,
    afterEpoch,
    scoreData: folder === undefined ? undefined : toClickExamples(validation),
    async score(now, { runtime }) {
      const session = await runtime.session(now);
      try {
        return scoreLogits(await predict(session, validation, feeds), validation.labels).auc;
      } finally {
        await session.release();
      }
    },
  });
  const without = history.at(-1)!.epoch - best!.epoch;
  return {
    ...{ model: best!.model, auc: best!.score, history },
    ended: without > rest.patience ? "patience" : "epochs",
  };
}
