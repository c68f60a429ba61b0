import { type Progress, silent } from "../progress.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import type { Masks } from "../sparse/masks.ts";
import { isPrunable } from "../sparse/is_prunable.ts";
import type { SparseMethod } from "../sparse/method.ts";
import { sparsifier } from "../sparse/sparsifier.ts";
import { type Augment, type Batch, type BatchSource, toBatches, type TrainingData } from "./batches.ts";
import { type Checkpoint, fingerprint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { fixedBatchSize } from "./fixed_batch_size.ts";
import type { EpochRow } from "./history.ts";
import { crossEntropy, type Loss, missingTarget } from "./losses.ts";
import { cosine, type Schedule } from "./schedules.ts";
import { trainingStep, type TrainingStepOptions } from "./training_step.ts";
import { withRuntime } from "./with_runtime.ts";
import { emptyRecord, own } from "../own.ts";

/** When a run is saved. */
export interface CheckpointOptions {
  /** One file, which is replaced as a whole. A run that finds one goes on from it. */
  path: string;
  /** Saves also every so many steps; epochs are always saved. */
  everySteps?: number;
  /** Saves also where so many seconds have passed since the last time. */
  everySeconds?: number;
}

/** What {@linkcode FitOptions.watch} is shown. */
export interface Watched {
  /** Steps done. */
  step: number;
  /** Mean over the steps since the last look; where a run resumed, since then. */
  loss: number;
  /** The model as it is now. */
  model: Model;
  /** Where weights become zero: which ones stay, once that is decided. */
  masks?: Masks;
}

/** Settings of {@linkcode fit}. */
export interface FitOptions extends Omit<TrainingStepOptions, "decays"> {
  /** Times that the training data are gone through. */
  epochs: number;
  /** Examples per step. Default 128, or what the model fixes. */
  batchSize?: number;
  /** Learning rate by step. Default half a cosine wave from 0.01. */
  schedule?: Schedule;
  /** Makes weights zero on the way, such as `issP({ sparsity: 0.9 })`. Default: none. */
  sparsify?: SparseMethod;
  /** Data that are looked at after each epoch. Default: none. */
  validation?: TrainingData;
  /**
   * Called at the end of each epoch, before it is saved, with a way to the model as it is now: an epoch that a stopped
   * run had not saved comes again. Default: nothing.
   */
  afterEpoch?: (row: EpochRow, model: () => Model) => void | Promise<void>;
  /** Changes each batch before it is trained on. Default: not at all. */
  augment?: Augment;
  /** Is shown the model every so many steps, without changing the run. Default: nobody. */
  watch?: { everySteps: number; look: (now: Watched) => void | Promise<void> };
  /** Who is told how it goes, once a step. Default: nobody. */
  progress?: Progress;
  /** Ends the run after the step at hand: a checkpoint is saved, and `fit` throws the signal's reason. */
  signal?: AbortSignal;
  /** Where to save and resume. Default: nowhere. */
  checkpoint?: string | CheckpointOptions;
  /** Of shuffling, augmentation and dropout. Default 0. */
  seed?: number;
  /** Default: the best engine there is. */
  runtime?: Runtime;
}

/** What training gave. */
export interface FitResult {
  /** The model with the weights after the last step; their average where `ema` was asked for. */
  model: Model;
  /**
   * The model as it did best on the validation data: highest accuracy, or lowest loss where there are no labels. With
   * `sparsify`, only epochs whose zeros were final count.
   */
  best?: { model: Model; epoch: number; score: number };
  /** One row per epoch. */
  history: EpochRow[];
  /** Which weights stay, by name, where `sparsify` was asked for. */
  masks?: Masks;
}

/**
 * Trains a model: any one whose operators have gradients, built, imported or pruned.
 *
 * A last batch that is smaller than the others is trained on like them, unless the model fixes its batch size:
 * then it is left out, and shuffling sees to it that others are next time. All randomness follows from `seed` and
 * the step's number; same seed, same engine, same numbers, also over interruptions.
 *
 * @throws TypeError where data and model do not fit together, an operator has no gradient, or the checkpoint is of
 * another run; RangeError where the loss, a weight or the learning rate is no longer a number; Error where the
 * checkpoint cannot be written; the signal's reason where it is aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32, int64 } from "../tensor/tensor.ts";
 * import { evaluate } from "./evaluate.ts";
 * import { oneCycle } from "./schedules.ts";
 *
 * const inputs = float32([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
 * const targets = int64([0, 1, 1, 0]); // exclusive or
 * const { model, history } = await fit(mlp({ sizes: [2, 16, 2] }), { inputs, targets }, {
 *   epochs: 100,
 *   schedule: oneCycle({ rate: 0.5 }),
 * });
 * assert.equal(history.length, 100);
 * assert.equal((await evaluate(model, { inputs, targets })).accuracy, 1);
 * ```
 */
export async function fit(model: Model, data: TrainingData, options: FitOptions): Promise<FitResult> {
  const { epochs, loss = crossEntropy(), schedule = cosine({ rate: 0.01 }), progress = silent, seed = 0 } =
    options;
  if (!Number.isInteger(epochs) || epochs < 0) {
    throw new RangeError(`Cannot train for ${epochs} epochs: expected a whole number`);
  }
  if (typeof schedule !== "function") {
    throw new TypeError(
      `Cannot train with schedule ${schedule}: expected a function of the step, such as constantRate(0.01)`,
    );
  }
  const { sparsify } = options;
  const step = trainingStep(model, {
    ...options,
    loss,
    seed,
    ...sparsify?.decays && { decays: sparsify.prunable?.bind(sparsify) ?? isPrunable },
  });
  const fixed = fixedBatchSize(model);
  const batches: BatchSource = "batch" in data ? data : toBatches(data, {
    batchSize: fixed ?? options.batchSize ?? 128,
    input: step.inputs[0]!,
    target: Object.keys(loss.targets)[0]!,
    shuffleSeed: seed,
    dropLast: fixed !== undefined,
  });
  const { stepsPerEpoch } = batches;
  const steps = epochs * stepsPerEpoch;
  const rate = (index: number): number => {
    const value = schedule(index, steps);
    if (Number.isFinite(value)) return value;
    throw new RangeError(
      `Cannot train with this schedule: it gives ${value} at step ${index} of ${steps}, expected a learning rate`,
    );
  };

  const sparse = sparsify && sparsifier(sparsify, { model, step, steps, rate, seed });
  const saving = typeof options.checkpoint === "string" ? { path: options.checkpoint } : options.checkpoint;
  const run = await startOrResume();
  return await withRuntime(options.runtime, async (runtime) => {
    const session = await runtime.session(step.model, { carry: step.carry });
    let saved = performance.now();
    const stateNow = async () => {
      const state = await session.state();
      requireNumbers(step.weights(state), run.step);
      return state;
    };
    const save = async () => {
      if (!saving) return;
      await writeCheckpoint(saving.path, {
        ...run,
        rates: someRates(),
        state: await stateNow(),
        ...sparse && { sparse: sparse.saved() },
      });
      saved = performance.now();
    };
    await progress.start(`Training ${model.graph.name}`, steps);
    try {
      await session.setState(run.state);
      await sparse?.begin(runtime, session, run.step, run.sparse);
      if (run.step > 0) await progress.step(run.step, "resumed");
      while (run.step < steps) {
        await stopIfAborted(save);
        await sparse?.beforeStep(session, run.step + 1);
        const value = await trainOnce(session.run.bind(session), run.step);
        run.step++;
        await sparse?.afterStep(session, run.step);
        run.unseen.loss += value;
        run.unseen.steps++;
        if (options.watch && run.step % options.watch.everySteps === 0) {
          const now = step.withWeights(step.weights(await session.state()));
          const loss = run.unseen.loss / run.unseen.steps;
          run.unseen = { loss: 0, steps: 0 };
          await options.watch.look({ step: run.step, loss, model: now, ...masksNow() });
        }
        if (run.step % stepsPerEpoch === 0) {
          const state = await stateNow();
          await endEpoch(state, runtime);
          await options.afterEpoch?.(run.history.at(-1)!, () => step.withWeights(step.weights(state)));
          await save();
        } else if (saving && isDue(saving, run.step, saved)) {
          await save();
        }
        await progress.step(run.step, noteOf(value, run.history.at(-1)));
      }
      return resultOf(await session.state());
    } finally {
      await progress.close(noteOf(undefined, run.history.at(-1)));
      sparse?.release();
      await session.release();
    }
  });

  async function startOrResume(): Promise<Checkpoint> {
    const fresh: Checkpoint = {
      fingerprint: saving ? await fingerprintOf(await batches.batch(0, 0)) : "",
      step: 0,
      running: { loss: 0, examples: 0 },
      unseen: { loss: 0, steps: 0 },
      rates: [],
      history: [],
      state: step.state,
    };
    const found = saving && await readCheckpoint(saving.path);
    if (!found) return fresh;
    const problem = found.fingerprint !== fresh.fingerprint
      ? "it is of a run with another model, other data or other settings"
      : found.rates.some(([index, was]) => rate(index) !== was)
      ? "the schedule gives other learning rates than the steps it holds were made with"
      : found.step > steps
      ? `it holds ${found.step} steps, more than the ${steps} asked for`
      : undefined;
    if (problem) {
      throw new TypeError(
        `Cannot resume from ${saving.path}: ${problem}; use the settings it was begun with, name another file, ` +
          `or delete this one to begin anew`,
      );
    }
    return found;
  }

  /** The first batch stands for the data. */
  function fingerprintOf({ inputs, targets }: Batch): Promise<string> {
    return fingerprint(
      [model.toOnnx(), encodeSafetensors(inputs), encodeSafetensors(targets)],
      [
        ...step.describe,
        `seed ${seed}`,
        `steps per epoch ${stepsPerEpoch}`,
        `augment ${options.augment ?? ""}`,
        ...sparse ? [sparse.describe] : [],
      ],
    );
  }

  /** Rates at a handful of the steps done, the last among them. */
  function someRates(): [number, number][] {
    const marks = Array.from({ length: 9 }, (_, i) => Math.floor((run.step - 1) * i / 8));
    return [...new Set(marks)].filter((index) => index >= 0).map((index) => [index, rate(index)]);
  }

  function masksNow(): { masks?: Masks } {
    return sparse?.masks ? { masks: sparse.masks } : {};
  }

  async function stopIfAborted(save: () => Promise<void>): Promise<void> {
    if (!options.signal?.aborted) return;
    await save();
    options.signal.throwIfAborted();
  }

  async function trainOnce(runStep: (feeds: Tensors) => Promise<Tensors>, index: number): Promise<number> {
    const epoch = Math.floor(index / stepsPerEpoch);
    const place = index % stepsPerEpoch;
    let batch = await batches.batch(epoch, place);
    if (options.augment) batch = await options.augment(batch, seededRandom(seed, "augment", epoch, place));
    const feeds: Tensors = Object.assign(
      emptyRecord(),
      step.numbers(index, rate(index)),
      sparse?.feeds,
      batch.inputs,
    );
    for (const [name, input] of Object.entries(step.targets)) {
      const target = own(batch.targets, name);
      if (!target) throw missingTarget("train", name, batch.targets, loss);
      feeds[input] = target;
    }
    loss.check?.(batch.targets, step.outputShape);
    const value = Number((await runStep(feeds))[step.loss]!.data[0]);
    if (!Number.isFinite(value)) {
      throw new RangeError(
        index === 0
          ? `Cannot train "${model.graph.name}": the loss is ${value} before the first update; look for numbers ` +
            `that are not finite, or far too large, in the inputs, the targets and the model's weights`
          : `Cannot go on training "${model.graph.name}": the loss became ${value} at step ${index} (epoch ` +
            `${epoch + 1}, learning rate ${rate(index)}); use a lower rate, a warm-up or clip`,
      );
    }
    const rows = Object.values(batch.inputs)[0]!.dims[0]!;
    run.running.loss += rows * value;
    run.running.examples += rows;
    return value;
  }

  async function endEpoch(state: Tensors, runtime: Runtime): Promise<void> {
    const row: EpochRow = {
      epoch: run.step / stepsPerEpoch,
      step: run.step,
      rate: rate(run.step - 1),
      loss: run.running.loss / run.running.examples,
    };
    run.running = { loss: 0, examples: 0 };
    run.history = [...run.history, row];
    if (!options.validation) return;
    const found = await evaluate(step.withWeights(step.weights(state)), options.validation, {
      loss: lossFor(options.validation, loss),
      runtime,
      signal: options.signal,
      ...options.batchSize ? { batchSize: options.batchSize } : {},
    });
    row.validationLoss = found.loss;
    if (found.accuracy !== undefined) row.validationAccuracy = found.accuracy;
    if (sparse && !sparse.masks) return;
    const score = scoreOf(found);
    if (!run.best || score > run.best.score) {
      run.best = { epoch: row.epoch, score, weights: step.weights(state) };
    }
  }

  function resultOf(state: Tensors): FitResult {
    const { best, history } = run;
    return {
      model: step.withWeights(step.weights(state)),
      history,
      ...masksNow(),
      ...best
        ? { best: { epoch: best.epoch, score: best.score, model: step.withWeights(best.weights) } }
        : {},
    };
  }
}

/** The last update of all is followed by no loss that would show what it did. */
function requireNumbers(weights: Tensors, step: number): void {
  for (const [name, { data }] of Object.entries(weights)) {
    if (!(data as Float32Array).some(Number.isNaN)) continue;
    throw new RangeError(
      `Cannot go on training: "${name}" has numbers that are none after ${step} steps; use a lower rate, a warm-up ` +
        `or clip`,
    );
  }
}

/** Higher is better. */
function scoreOf({ loss, accuracy }: Evaluation): number {
  return accuracy ?? -loss;
}

/** The training loss, or plain cross entropy where the validation data have labels but not all it needs. */
function lossFor(data: TrainingData, loss: Loss): Loss {
  if (!("targets" in data) || "data" in data.targets) return loss;
  const { targets } = data;
  const complete = Object.keys(loss.targets).every((name) => Object.hasOwn(targets, name));
  return complete || !("labels" in targets) ? loss : crossEntropy();
}

function isDue({ everySteps, everySeconds }: CheckpointOptions, step: number, saved: number): boolean {
  return (everySteps !== undefined && step % everySteps === 0) ||
    (everySeconds !== undefined && performance.now() - saved >= everySeconds * 1000);
}

function noteOf(loss: number | undefined, row: EpochRow | undefined): string {
  const parts = row ? [`epoch ${row.epoch}: loss ${row.loss.toFixed(3)}`] : [];
  if (row?.validationAccuracy !== undefined) {
    parts.push(`${(100 * row.validationAccuracy).toFixed(1)} % right`);
  } else if (row?.validationLoss !== undefined) {
    parts.push(`validation loss ${row.validationLoss.toFixed(3)}`);
  }
  if (loss !== undefined) parts.push(`now ${loss.toFixed(3)}`);
  return parts.join(", ");
}
