import { requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { type OptionNames, pickOptions, requireOptions, withDefaults } from "../options.ts";
import { countMacs } from "../onnx/count_macs.ts";
import type { Model } from "../onnx/model.ts";
import type { Shape } from "../onnx/dim.ts";
import type { TrainingData } from "../train/batches.ts";
import { fit, type FitOptions } from "../train/fit.ts";
import { cutFor } from "../train/fixed_batch_size.ts";
import { lossBatches } from "../train/loss_batches.ts";
import { crossEntropy } from "../train/losses.ts";
import { constantRate, multiStep, type Schedule } from "../train/schedules.ts";
import { sgd } from "../train/optimizers.ts";
import { applyMetanetwork } from "./apply_metanetwork.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import { named } from "../progress.ts";
import {
  PROGRESSIVE_OPTIONS,
  type ProgressiveOptions,
  progressivePruning,
  progressiveSettings,
} from "./progressive_pruning.ts";
import { fedInputs } from "../onnx/topology.ts";
import { stopSignal } from "../stop.ts";

/** Settings of {@linkcode metaPrune}. */
export interface MetaPruneOptions
  extends ProgressiveOptions, Pick<FitOptions, "runtime" | "progress" | "signal" | "seed"> {
  /** The part of the multiply-accumulates to keep at most, above 0 and up to 1. */
  macs: number;
  /**
   * Data on which the changed network is fine-tuned before it is pruned. Without it there is no fine-tuning.
   */
  data?: TrainingData | undefined;
  /** Settings of fine-tuning. Default: 10 epochs of SGD, rate 0.01, a tenth after 60 % and 90 %. */
  finetune?: Partial<FitOptions> | undefined;
  /** Sizes of inputs whose sizes are not known, to count with. */
  inputShapes?: Readonly<Record<string, Shape>> | undefined;
}

/** Names of {@linkcode MetaPruneOptions}. */
const META_PRUNE_OPTIONS: OptionNames<MetaPruneOptions> = {
  ...PROGRESSIVE_OPTIONS,
  macs: true,
  data: true,
  finetune: true,
  inputShapes: true,
  seed: true,
  runtime: true,
  signal: true,
  progress: true,
};

/** Models and plans of {@linkcode metaPrune}, stage by stage. */
export interface MetaPruned {
  /** The smaller model. */
  model: Model;
  /** The model as the metanetwork gave it, unpruned. */
  changed: Model;
  /** `changed` after fine-tuning, unpruned; `changed` where there were no data. */
  tuned: Model;
  /** Multiply-accumulates before and after. */
  macs: { before: number; after: number };
}

/**
 * Prunes a model with a metanetwork: feeds it through, fine-tunes it where data are given, and removes the
 * channels with the smallest group norms step by step until the target is met. The smaller model is meant to
 * be fine-tuned again.
 *
 * @throws RangeError where the target is no part, or out of reach; TypeError where the metanetwork does not
 * read the model
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { metanetworkFor } from "./metanetwork_for.ts";
 *
 * const model = mlp({ sizes: [16, 32, 32, 4] }); // or await loadModel("model.onnx")
 * const metanetwork = metanetworkFor(model); // or await loadMetanetwork("metanetwork.safetensors")
 * const { model: smaller, macs } = await metaPrune(model, metanetwork, { macs: 0.5 });
 * assert.ok(macs.after <= 0.5 * macs.before);
 * assert.deepEqual(smaller.graph.outputs, model.graph.outputs);
 * ```
 */
export async function metaPrune(
  model: Model,
  metanetwork: Metanetwork,
  options: MetaPruneOptions,
): Promise<MetaPruned> {
  requireOptions("metaPrune", options, META_PRUNE_OPTIONS);
  const { macs, data, finetune = {}, runtime, progress, seed, inputShapes = {} } = options;
  const signal = stopSignal(options.signal);
  requireNumbers("prune by a metanetwork", { macs }, { above: 0, to: 1 });
  const progressive = progressiveSettings(pickOptions<ProgressiveOptions>(options, PROGRESSIVE_OPTIONS));
  const before = countMacs(model, { inputShapes }).macs;
  const goal = macs * before;
  const shared = { runtime, progress, signal };
  const changed = await applyMetanetwork(model, metanetwork, runtime && { runtime });
  const telling = progress && { progress: named(progress, "changed by the metanetwork") };
  const tuned = data
    ? (await fit(changed, data, withDefaults({ ...FINETUNE, ...shared, ...telling, seed }, finetune)))
      .model
    : changed;
  let [smaller, after] = [tuned, before];
  const stages = progressivePruning(tuned, progressive);
  while (after > goal) {
    signal?.throwIfAborted();
    const { value: stage } = stages.next();
    if (!stage) break;
    [smaller, after] = [stage.model, countMacs(stage.model, { inputShapes }).macs];
  }
  if (after > goal) {
    throw new RangeError(
      `Cannot keep only ${macs} of the multiply-accumulates: the most that can go leaves ${(Math.ceil(
        1e4 * after / before,
      ) / 1e4)}; ask for that, or look at what channelGroups protects`,
    );
  }
  return { model: smaller, changed, tuned, macs: { before, after } };
}

/** How the rate falls in fine-tuning: to a tenth after 60 % and again after 90 %. */
export const finetuneSchedule = (rate: number): Schedule => multiStep({ rate, milestones: [0.6, 0.9] });

/** The recipe of the paper's CIFAR runs, shortened. */
export const FINETUNE = {
  epochs: 10,
  optimizer: sgd({ momentum: 0.9, nesterov: false, weightDecay: 5e-4 }),
  schedule: finetuneSchedule(0.01),
} satisfies FitOptions;

/**
 * The model with batch norms that know what their inputs look like now: statistics are taken anew, from up to
 * 200 batches, weights stay. For models whose weights were changed without training, by a metanetwork or a
 * cut.
 */
export async function reestimateStatistics(
  model: Model,
  data: TrainingData,
  options:
    & Pick<FitOptions, "runtime" | "signal" | "batchSize">
    & Partial<Pick<FitOptions, "loss">> = {},
): Promise<Model> {
  requireOptions("reestimateStatistics", options, {
    batchSize: true,
    runtime: true,
    signal: true,
    loss: true,
  });
  const { runtime, signal, batchSize, loss = crossEntropy() } = options;
  const still = { schedule: constantRate(0), optimizer: sgd({ momentum: 0 }) };
  const shared = { loss, runtime, signal };
  const all = lossBatches("take statistics", data, loss, {
    ...cutFor("take statistics", model, data, batchSize),
    input: fedInputs(model.graph)[0]!,
    shuffleSeed: 0,
  });
  const batches = { batch: all.batch, stepsPerEpoch: Math.min(STATISTICS, all.stepsPerEpoch) };
  return (await fit(model, batches, { epochs: 1, ...still, ...shared })).model;
}

/**
 * Batches that statistics are taken from at most: of what they were before, less than 10⁻⁹ is left with
 * PyTorch's momentum.
 */
const STATISTICS = 200;
