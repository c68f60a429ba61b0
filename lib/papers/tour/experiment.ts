import { cacheFolder } from "../../data/folders.ts";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { planPruning } from "../../prune/plan.ts";
import { prune } from "../../prune/prune.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { fingerprint } from "../../train/checkpoint.ts";
import { evaluate } from "../../train/evaluate.ts";
import { fit } from "../../train/fit.ts";
import { crossEntropy } from "../../train/losses.ts";
import { sgd } from "../../train/optimizers.ts";
import { cosine } from "../../train/schedules.ts";
import type { TourPreset } from "./presets.ts";
import type { TourSubject } from "./subject.ts";

/** One pruned model: what was asked, what it costs, what it can. */
export interface TourRow {
  criterion: string;
  /** Fraction of the multiply-accumulates asked for. */
  target: number;
  macs: number;
  parameters: number;
  bytes: number;
  /** On the test images, right after pruning and after fine-tuning: 0 to 1. */
  pruned: number;
  tuned: number;
  /** Seconds of fine-tuning. */
  seconds: number;
  seed: number;
  model: Model;
}

/** Settings of {@linkcode pruneAndTune}. */
export interface ExperimentOptions {
  seed: number;
  runtime: Runtime;
  progress: Progress;
  signal?: AbortSignal;
}

/**
 * Prunes the subject by every criterion to every target, fine-tunes each result the same way, and tells its accuracy
 * before and after: one row at a time, so that a figure can be drawn from what is there.
 *
 * Fine-tuning is SGD with Nesterov momentum 0.9, weight decay 5·10⁻⁴, a cosine from 0.01 to 0 and the usual crops and
 * flips, as in Li et al., "Pruning Filters for Efficient ConvNets", 2017, scaled down to the preset.
 */
export async function* pruneAndTune(
  subject: TourSubject,
  preset: TourPreset,
  { seed, runtime, progress, signal }: ExperimentOptions,
): AsyncGenerator<TourRow> {
  for (const criterion of preset.criteria) {
    for (const target of preset.targets) {
      signal?.throwIfAborted();
      const plan = planPruning(subject.model, {
        target: { macs: target },
        criterion,
        roundTo: preset.roundTo,
        seed,
      });
      const pruned = prune(subject.model, plan);
      const before = await evaluate(pruned, subject.test, { runtime });
      const start = performance.now();
      const { model } = await fit(pruned, subject.train, {
        epochs: preset.epochs,
        batchSize: 64,
        loss: crossEntropy(),
        optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
        schedule: cosine({ rate: 0.01 }),
        augment: subject.augment,
        seed,
        runtime,
        progress,
        ...(signal && { signal }),
        ...(preset.resumes && { checkpoint: await checkpointOf(pruned, subject, preset, seed) }),
      });
      const seconds = (performance.now() - start) / 1000;
      const after = await evaluate(model, subject.test, { runtime });
      const { macs, parameters } = countMacs(model);
      yield {
        criterion,
        target,
        macs,
        parameters,
        bytes: model.toOnnx().length,
        pruned: before.accuracy!,
        tuned: after.accuracy!,
        seconds,
        seed,
        model,
      };
    }
  }
}

/**
 * Where a run's training is saved; finished runs are read back from there. The name follows from all that differs
 * between runs, so that another preset, seed or network begins its own file instead of being refused this one.
 */
async function checkpointOf(
  pruned: Model,
  { data }: TourSubject,
  { images, epochs }: TourPreset,
  seed: number,
): Promise<string> {
  const folder = `${cacheFolder()}/tour`;
  await Deno.mkdir(folder, { recursive: true });
  const run = await fingerprint([pruned.toOnnx()], [data.name, `${images}`, `${epochs}`, `${seed}`]);
  return `${folder}/${run.slice(0, 16)}.safetensors`;
}
