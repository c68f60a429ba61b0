import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { silent } from "../progress.ts";
import { stopSignal } from "../stop.ts";
import { toBatches } from "../train/batches.ts";
import { noteOf } from "../train/fit/report.ts";
import { type ClickLog, type Clicks, requireLike, toClickExamples } from "./clicks.ts";
import type { Interaction } from "./interactions/interaction.ts";
import { predict, scoreLogits } from "./predict.ts";
import type { RowAdamOptions } from "./row_adam.ts";
import { PLAIN_MODEL_OPTIONS, type PlainModelOptions, type RowStep, rowStep } from "./row_step.ts";
import { requireTraining, TRAINING_SETTINGS, type TrainingSettings, type Workplace } from "./train_ctr.ts";

/** Settings of {@linkcode trainRows}. */
export interface TrainRowsOptions extends TrainingSettings, Omit<Workplace, "folder">, PlainModelOptions {
  /** Adam with the L2 of the settings, or plain gradient descent without. Default `adam`. */
  optimizer?: "adam" | "sgd" | undefined;
  /** How rows catch up; see {@linkcode RowAdamOptions}. */
  rows?: Pick<RowAdamOptions, "collapsed" | "replay"> | undefined;
  /**
   * Makes the place of tables and moments, so many bytes, all zero: a file mapped into memory, say. It spares
   * memory the table that is trained and its moments; the first one is drawn there, and the best one kept.
   * Default: memory.
   */
  allocate?: ((bytes: number) => ArrayBuffer) | undefined;
}

/** Names of {@linkcode TrainRowsOptions}. */
const TRAIN_ROWS_OPTIONS: OptionNames<TrainRowsOptions> = {
  ...TRAINING_SETTINGS,
  ...PLAIN_MODEL_OPTIONS,
  optimizer: true,
  rows: true,
  allocate: true,
  runtime: true,
  progress: true,
};

/**
 * Trains a model of click-through rates whose tables lie outside of the graph: a step costs what the rows of
 * its batch cost, however many there are, and comes to what {@linkcode trainCtr} comes to, which passes over
 * the whole table. Runs are not kept in files: what is stopped begins anew.
 *
 * @throws RangeError where a setting cannot be meant, an id is none of its field's, or the loss is no number
 * any more; TypeError where the validation rows have other fields than those to train on
 */
export async function trainRows(
  interaction: Interaction,
  log: Pick<ClickLog, "train" | "validation">,
  options: TrainRowsOptions,
): Promise<{ model: Model; auc: number; history: { epoch: number; loss: number; score: number }[] }> {
  requireOptions("trainRows", options, TRAIN_ROWS_OPTIONS);
  requireTraining("train rows", options);
  const { rate, epochs, patience, batchSize, seed = 0, runtime, progress = silent } = options;
  const { train, validation } = log;
  requireLike("validation", validation, train.fields);
  const signal = stopSignal();
  const batches = "ids" in train
    ? toBatches(toClickExamples(train), { batchSize, input: "ids", target: "expected", shuffleSeed: seed })
    : train.batches({ batchSize, seed });
  const made = await rowStep(interaction, options);
  const history: { epoch: number; loss: number; score: number }[] = [];
  let best: { model: Model; auc: number } | undefined;
  let without = 0; // epochs in a row that were no better
  await progress.start(`Training ${interaction.name}`, epochs * batches.stepsPerEpoch);
  try {
    for (let epoch = 0; epoch < epochs && without <= patience; epoch++) {
      let sum = 0, rows = 0;
      for (let place = 0; place < batches.stepsPerEpoch; place++) {
        signal?.throwIfAborted();
        const index = epoch * batches.stepsPerEpoch + place;
        const batch = await batches.batch(epoch, place);
        const loss = await made.step(batch, index, rate);
        requireFinite(loss, index + 1, rate);
        const count = batch.inputs.ids!.dims[0]!;
        sum += loss * count;
        rows += count;
        await progress.step(index + 1, noteOf(loss, history.at(-1)));
      }
      const logits = await predictFed(made, validation, { runtime });
      const done = (epoch + 1) * batches.stepsPerEpoch;
      requireFinite(logits.find(Number.isNaN) ?? 0, done, rate); // which have no order
      const { auc, logLoss } = scoreLogits(logits, validation.labels);
      requireFinite(logLoss, done, rate);
      history.push({ epoch: epoch + 1, loss: sum / rows, score: auc });
      without = best && auc <= best.auc ? without + 1 : 0;
      if (without === 0) best = { model: await made.whole(), auc };
    }
  } finally {
    await progress.close(noteOf(undefined, history.at(-1)));
    await made.release();
  }
  return { model: best!.model, auc: best!.auc, history }; // of the first epoch at least
}

function requireFinite(loss: number, step: number, rate: number): void {
  if (Number.isFinite(loss)) return;
  throw new RangeError(
    `Cannot go on training rows: the loss became ${loss} at step ${step} (learning rate ${rate}); use a lower rate`,
  );
}

/** The logits that the model gives to rows as it is now. */
async function predictFed(
  made: RowStep,
  clicks: Clicks,
  { runtime }: Pick<Workplace, "runtime">,
): Promise<Float32Array> {
  const session = await runtime.session(await made.fed());
  try {
    return await predict({ run: ({ ids }) => session.run(made.feeds(ids!)) }, clicks);
  } finally {
    await session.release();
  }
}
