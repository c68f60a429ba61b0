import { COUNT, requireNumbers } from "../bounds.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { toBatches } from "../train/batches.ts";
import { type ClickLog, type Clicks, idsTensor, toClickExamples } from "./clicks.ts";
import { CTR_MODEL_OPTIONS, type CtrModelOptions } from "./ctr_model.ts";
import type { Interaction } from "./interactions/interaction.ts";
import { scoreLogits } from "./predict.ts";
import type { RowAdamOptions } from "./row_adam.ts";
import { type RowStep, rowStep } from "./row_step.ts";
import { TRAINING_SETTINGS, type TrainingSettings, type Workplace } from "./train_ctr.ts";
import { floats } from "../tensor/arrays.ts";

/** Settings of {@linkcode trainRows}. */
export interface TrainRowsOptions extends TrainingSettings, Omit<Workplace, "folder">, CtrModelOptions {
  /** Adam with the L2 of the settings, or plain gradient descent without. Default `adam`. */
  optimizer?: "adam" | "sgd" | undefined;
  /** How rows catch up; see {@linkcode RowAdamOptions}. */
  rows?: Pick<RowAdamOptions, "collapsed" | "replay"> | undefined;
  /**
   * Makes the place of tables and moments, so many bytes, all zero: a file mapped into memory, say, where
   * they are larger than memory. Default: memory.
   */
  allocate?: ((bytes: number) => ArrayBuffer) | undefined;
}

/** Names of {@linkcode TrainRowsOptions}. */
const TRAIN_ROWS_OPTIONS: OptionNames<TrainRowsOptions> = {
  ...TRAINING_SETTINGS,
  ...CTR_MODEL_OPTIONS,
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
 */
export async function trainRows(
  interaction: Interaction,
  log: Pick<ClickLog, "train" | "validation">,
  options: TrainRowsOptions,
): Promise<{ model: Model; auc: number; history: { epoch: number; loss: number; score: number }[] }> {
  requireOptions("trainRows", options, TRAIN_ROWS_OPTIONS);
  const { rate, epochs, patience, batchSize, seed = 0, runtime } = options;
  requireNumbers("train rows", { epochs }, COUNT);
  const { train } = log;
  const batches = "ids" in train
    ? toBatches(toClickExamples(train), { batchSize, input: "ids", target: "expected", shuffleSeed: seed })
    : train.batches({ batchSize, seed });
  const made = await rowStep(interaction, options);
  const history: { epoch: number; loss: number; score: number }[] = [];
  let best: { model: Model; auc: number; epoch: number } | undefined;
  try {
    for (let epoch = 0; epoch < epochs && epoch - (best?.epoch ?? epoch) <= patience; epoch++) {
      let loss = 0;
      for (let place = 0; place < batches.stepsPerEpoch; place++) {
        const batch = await batches.batch(epoch, place);
        loss += await made.step(batch, epoch * batches.stepsPerEpoch + place, rate) / batches.stepsPerEpoch;
      }
      const score = await scoreFed(made, log.validation, { runtime });
      history.push({ epoch: epoch + 1, loss, score });
      if (best && score <= best.auc) continue;
      best = { model: await made.whole(), auc: score, epoch };
    }
  } finally {
    await made.release();
  }
  return { model: best!.model, auc: best!.auc, history }; // of the first epoch at least
}

/** Rows that are judged in one run. */
const ROWS_AT_ONCE = 8192;

async function scoreFed(
  made: RowStep,
  { fields, ids, labels }: Clicks,
  { runtime }: Pick<Workplace, "runtime">,
): Promise<number> {
  const session = await runtime.session(await made.fed());
  const logits = new Float32Array(labels.length);
  try {
    for (let row = 0; row < labels.length; row += ROWS_AT_ONCE) {
      const part = ids.subarray(row * fields.length, (row + ROWS_AT_ONCE) * fields.length);
      const { logit } = await session.run(made.feeds(idsTensor(fields, part)));
      logits.set(floats(logit!), row);
    }
  } finally {
    await session.release();
  }
  return scoreLogits(logits, labels).auc;
}
