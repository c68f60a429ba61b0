import { RangeError, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { mkdir } from "../node.ts";
import type { Model } from "../onnx/model.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Progress } from "../progress.ts";
import { type ClickLog, type Clicks, requireLike } from "./clicks.ts";
import { type CompactCtr, compactModel } from "./compact_model.ts";
import { ctrModel } from "./ctr_model.ts";
import type { Interaction } from "./interactions/interaction.ts";
import {
  type CtrTask,
  modelOptions,
  type TableChoice,
  type TableMethod,
  trainingOptions,
} from "./methods/method.ts";
import { plain } from "./methods/plain.ts";
import { type ClickScore, scoreClicks } from "./predict.ts";
import { maskedTable } from "./tables/masked_table.ts";
import {
  requireTraining,
  trainCtr,
  type TrainedCtr,
  TRAINING_SETTINGS,
  type TrainingSettings,
} from "./train_ctr.ts";

/** Settings of {@linkcode fitCtr}. */
export interface FitCtrOptions extends Partial<TrainingSettings> {
  /** How the table becomes smaller. Default: not at all. */
  table?: TableMethod | undefined;
  /** Coordinates of a full vector. Default 64. */
  features?: number | undefined;
  /** First-order weights at the start. Default `normal`, as published. */
  firstOrder?: "normal" | "zeros" | undefined;
  /** Seed of first weights, of the order of rows, and of all that is drawn. Default 0. */
  seed?: number | undefined;
  /**
   * Seed of the first weights of what is trained again. Default: `seed`, which takes those back that the
   * choice began with; another one draws new weights.
   */
  retrainSeed?: number | undefined;
  /** Engine that trains. Default: the best there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
  /** Who is told how it goes. Default: nobody. */
  progress?: Progress | undefined;
  /** A folder for checkpoints: a run that finds them goes on from them. Default: none. */
  folder?: string | undefined;
}

/** Names of {@linkcode FitCtrOptions}. */
const FIT_CTR_OPTIONS: OptionNames<FitCtrOptions> = {
  table: true,
  features: true,
  firstOrder: true,
  seed: true,
  retrainSeed: true,
  runtime: true,
  progress: true,
  folder: true,
  ...TRAINING_SETTINGS,
};

/** Result of {@linkcode fitCtr}. */
export interface FittedCtr {
  /** The model with a table that is really smaller, which takes raw ids: what is saved and served. */
  compact: CompactCtr;
  /** The model as it was trained: the same function, with the whole table and a mask. */
  masked: Model;
  /** Rows and dimensions that the method chose. */
  choice: TableChoice;
  /** How training what was left went. */
  training: TrainedCtr;
  /** How well the test rows are foreseen. */
  test: TestScore;
}

/** How well clicks are foreseen, and by the best of constants. */
export interface TestScore extends ClickScore {
  /** Log loss of the rows' share of clicks as the probability of each: what a model has to be below. */
  shareLogLoss: number;
}

/**
 * Trains a model of click-through rates with a table as small as a method makes it: the method decides which
 * numbers stay, they are trained again from the first weights, and what is gone leaves the file.
 *
 * @param log clicks in memory or streamed: what `readLog` gives of a prepared log
 * @throws TypeError where it is no such log; RangeError where the rows that judge are clicks alone, or none
 */
export async function fitCtr(
  interaction: Interaction,
  log: ClickLog,
  options: FitCtrOptions = {},
): Promise<FittedCtr> {
  requireOptions("fitCtr", options, FIT_CTR_OPTIONS);
  const { table = plain(), features = 64, firstOrder = "normal", seed = 0, progress, folder } = options;
  const { retrainSeed = seed, batchSize = 2048, rate = 1e-3, weightDecay = 1e-5, epochs = 30, patience = 0 } =
    options;
  requireTraining("fit a click model", options);
  requireLog(log);
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const runtime = options.runtime ?? await openRuntime();
  const task: CtrTask = {
    interaction,
    log,
    features,
    firstOrder,
    seed,
    runtime,
    progress,
    folder,
    training: { batchSize, rate, weightDecay, epochs, patience },
  };
  try {
    const { fields, vocabularies } = log.train;
    const choice = await table.choose(task);
    const training = await trainChoice(task, choice, { seed: retrainSeed });
    const score = await scoreClicks(training.model, log.test, { runtime });
    return {
      compact: compactModel(interaction, training.model, { fields, features, choice, vocabularies }),
      masked: training.model,
      choice,
      training,
      test: { ...score, shareLogLoss: entropy(shareOf(log.test)) },
    };
  } finally {
    if (!options.runtime) await runtime.close();
  }
}

function requireLog(log: ClickLog): void {
  const { train, validation, test } = (log ?? {}) as Partial<ClickLog>;
  if (!train?.fields || !validation?.labels || !test?.labels) {
    throw new TypeError(
      "Cannot fit a model to this: expected a log with `train`, `validation` and `test`; of a prepared one give " +
        "`await readLog(log)`",
    );
  }
  for (const [name, clicks] of Object.entries({ validation, test })) {
    requireLike(name, clicks, train.fields);
    const share = shareOf(clicks);
    if (share > 0 && share < 1) continue;
    throw new RangeError(
      `Cannot fit a model: its ${clicks.labels.length} ${name} rows are ${
        share === 1 ? "clicks alone" : "without a click"
      }, so nothing tells a better model from a worse one; take a larger log, or one split another way`,
    );
  }
}

/** Share of clicks among rows; 0 where there are none. */
const shareOf = ({ labels }: Clicks): number =>
  labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);

/** Log loss of a probability that is right on average. */
const entropy = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log1p(-p);

/** Trains what a method left, from the first weights of its seed, or of another one. */
export async function trainChoice(
  task: CtrTask,
  choice: TableChoice,
  options: { seed?: number } = {},
): Promise<TrainedCtr> {
  requireOptions("trainChoice", options, { seed: true });
  const { seed = task.seed } = options;
  const table = choice.table ?? maskedTable(choice.mask, choice.pruned);
  const model = ctrModel(task.interaction, { ...modelOptions(task), table, seed });
  return await trainCtr(model, task.log, { ...trainingOptions(task), name: "retrained" });
}
