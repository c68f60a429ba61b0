import { COUNT, requireNumbers } from "../bounds.ts";
import { Error, TypeError } from "../errors.ts";
import { type OptionNames, pickOptions, requireOptions } from "../options.ts";
import { digestOf } from "../files/digest.ts";
import { existsSync, rm } from "../node.ts";
import type { Model } from "../onnx/model.ts";
import type { BatchSource, TrainingData } from "../train/batches.ts";
import { digestData } from "../train/digest_data.ts";
import { lossBatches } from "../train/loss_batches.ts";
import { fit, type FitOptions } from "../train/fit.ts";
import type { EpochRow } from "../train/history.ts";
import { multiStep } from "../train/schedules.ts";
import { SAVED_EVERY } from "./data_models.ts";
import { FIT_OPTIONS } from "../train/fit/options.ts";
import { META_STEP_OPTIONS, metaStep, type MetaStepOptions } from "./meta_step.ts";
import { loadMetanetwork, saveMetanetwork } from "./metanetwork_file.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import { snapshotEpochs } from "./snapshot_epochs.ts";

/** Settings of {@linkcode metaTrain}. */
export interface MetaTrainOptions
  extends MetaStepOptions, Pick<FitOptions, "schedule" | "runtime" | "progress" | "signal" | "seed"> {
  /** Meta-epochs: in each, every data model has one step. */
  epochs: number;
  /** Examples that the loss of a step is the mean of. Default: all of them. */
  batchSize?: number | undefined;
  /** Batches whose gradients are averaged for a step, where not all examples fit into one. Default 1. */
  accumulate?: number | undefined;
  /** A metanetwork is kept every so many meta-epochs. Default 1. */
  every?: number | undefined;
  /** Folder where the run is saved and resumed from. Default: nowhere. */
  folder?: string | undefined;
}

/** Names of {@linkcode MetaTrainOptions}. */
const META_TRAIN_OPTIONS: OptionNames<MetaTrainOptions> = {
  ...META_STEP_OPTIONS,
  epochs: true,
  batchSize: true,
  accumulate: true,
  every: true,
  folder: true,
  seed: true,
  runtime: true,
  signal: true,
  progress: true,
  schedule: true,
};

/** A metanetwork as it was during meta-training. */
export interface Snapshot {
  /** Meta-epochs done. */
  epoch: number;
  /** The metanetwork with the weights of then. */
  metanetwork: Metanetwork;
}

/** Result of meta-training. */
export interface MetaTrained {
  /** The metanetwork after the last step. */
  metanetwork: Metanetwork;
  /** Metanetworks on the way, in order; which of them is best only pruning can tell. */
  snapshots: Snapshot[];
  /** Mean loss of the changed data models by meta-epoch. */
  history: EpochRow[];
}

/**
 * Trains a metanetwork to change networks so that they still do well and their weak channels become weaker.
 *
 * The loss usually rises as training goes on: the regulariser wins, and the networks that come out know less
 * and less, until fine-tuning. Which moment is best must be tried, on data kept apart.
 *
 * @param dataModels trained networks of one architecture and the same widths
 * @throws TypeError where they are not, or the metanetwork does not read them; RangeError where a count is
 * none; Error where a run that is resumed did not keep a metanetwork that is asked for; what {@linkcode fit}
 * throws
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32, int64 } from "../tensor/tensor.ts";
 * import { metanetworkFor } from "./metanetwork_for.ts";
 *
 * const data = { inputs: float32([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]), targets: int64([0, 1, 1, 0]) };
 * const dataModels = [0, 1].map((seed) => mlp({ sizes: [2, 8, 2], seed }));
 * const { snapshots } = await metaTrain(dataModels, metanetworkFor(dataModels[0]!), data, { epochs: 2 });
 * assert.equal(snapshots.length, 2);
 * ```
 */
export async function metaTrain(
  dataModels: readonly Model[],
  metanetwork: Metanetwork,
  data: TrainingData,
  options: MetaTrainOptions,
): Promise<MetaTrained> {
  requireOptions("metaTrain", options, META_TRAIN_OPTIONS);
  const { epochs, every = 1, folder, batchSize, accumulate = 1 } = options;
  const { schedule = multiStep({ rate: 1e-3, milestones: [0.6] }) } = options;
  const epochsKept = snapshotEpochs({ epochs, every });
  requireNumbers("meta-train", { accumulate }, COUNT);
  const [first] = dataModels;
  if (!first) {
    throw new TypeError("Cannot meta-train without data models: expected at least one trained network");
  }
  const meta = metaStep(first, metanetwork, pickOptions<MetaStepOptions>(options, META_STEP_OPTIONS));
  const feeds = dataModels.map(meta.feeds);
  const images = lossBatches("meta-train", data, meta.options.loss, {
    batchSize: batchSize ?? Number.MAX_SAFE_INTEGER,
    input: meta.model.graph.inputs[0]!,
    shuffleSeed: batchSize === undefined ? undefined : options.seed ?? 0,
  });
  const stepsPerEpoch = dataModels.length * accumulate;
  const source: BatchSource = {
    stepsPerEpoch,
    async digest() {
      const models = feeds.map((inputs) => digestData({ inputs, targets: {} }));
      return digestOf(await Promise.all([digestData(data), ...models]));
    },
    async batch(epoch, step) {
      const place = epoch * stepsPerEpoch + step;
      const { inputs, targets } = await images.batch(
        Math.floor(place / images.stepsPerEpoch),
        place % images.stepsPerEpoch,
      );
      return { inputs: { ...inputs, ...feeds[Math.floor(step / accumulate)] }, targets };
    },
  };
  if (folder) await Deno.mkdir(folder, { recursive: true });
  const fileOf = (epoch: number) => `${folder}/metanetwork-${epoch}.safetensors`;
  const kept = new Map<number, Metanetwork>();
  const { model, history } = await fit(meta.model, source, {
    ...pickOptions<FitOptions>(options, FIT_OPTIONS),
    ...meta.options,
    schedule,
    checkpoint: folder
      ? { path: `${folder}/meta-training.safetensors`, everySeconds: SAVED_EVERY }
      : undefined,
    async afterEpoch({ epoch }, now) {
      if (!epochsKept.includes(epoch)) {
        // One that lies there is of another run, whose checkpoint is gone.
        if (folder) await rm(fileOf(epoch), { force: true });
        return;
      }
      kept.set(epoch, meta.metanetwork(now()));
      if (folder) await saveMetanetwork(kept.get(epoch)!, fileOf(epoch));
    },
  });
  const snapshots: Snapshot[] = [];
  for (const epoch of epochsKept) {
    const metanetwork = kept.get(epoch) ?? await keptBefore(epoch, fileOf(epoch));
    snapshots.push({ epoch, metanetwork });
  }
  return { metanetwork: meta.metanetwork(model), snapshots, history };
}

/** A metanetwork that the run kept before it was resumed. */
async function keptBefore(epoch: number, file: string): Promise<Metanetwork> {
  if (existsSync(file)) return await loadMetanetwork(file);
  throw new Error(
    `Cannot give the metanetwork of meta-epoch ${epoch}: expected ${file}, which the run that is resumed did not ` +
      `keep; meta-train with the \`every\` that it was begun with, or in another folder`,
  );
}
