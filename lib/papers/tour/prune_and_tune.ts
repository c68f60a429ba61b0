import { black, cropAndFlip } from "../../data/images/augment.ts";
import { type ImageData, subset, toExamples } from "../../data/image_set.ts";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { planPruning } from "../../prune/plan.ts";
import { prune } from "../../prune/prune.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { evaluate } from "../../train/evaluate.ts";
import { fit } from "../../train/fit.ts";
import { crossEntropy } from "../../train/losses.ts";
import { sgd } from "../../train/optimizers.ts";
import { cosine } from "../../train/schedules.ts";
import type { TourCriterion } from "./presets.ts";

/** How a network is pruned and fine-tuned. */
export interface TuneRecipe {
  /** Criterion that ranks the channels. */
  readonly criterion: TourCriterion;
  /** Fraction of the multiply-accumulates to keep. */
  readonly target: number;
  /** Widths are cut to multiples of this many channels. */
  readonly roundTo: number;
  /** Training images, the first so many; all of them where there are fewer. */
  readonly images: number;
  /** Epochs of fine-tuning. */
  readonly epochs: number;
  /** Seed of fine-tuning, and of the criterion where it is random. */
  readonly seed: number;
}

/** One pruned model: what was asked, what it costs, what it can. */
export interface TourRow {
  /** Criterion that ranked the channels. */
  criterion: TourCriterion;
  /** Fraction of the multiply-accumulates asked for. */
  target: number;
  /** Multiply-accumulates of the pruned model. */
  macs: number;
  /** Parameters of the pruned model. */
  parameters: number;
  /** Size of the pruned model. */
  bytes: number;
  /** Accuracy on the test images, right after pruning and after fine-tuning: 0 to 1. */
  pruned: number;
  /** Accuracy on the test images after fine-tuning, 0 to 1. */
  tuned: number;
  /** Seconds of fine-tuning. */
  seconds: number;
  /** Seed of fine-tuning. */
  seed: number;
}

/** Settings of {@linkcode pruneAndTune}. */
export interface TuneOptions {
  /** Engine that runs the network. */
  runtime: Runtime;
  /** Is told how the fine-tuning is getting on. */
  progress: Progress;
  /** Where the training is saved, and goes on from. */
  checkpoint: string;
}

/**
 * Prunes a network, fine-tunes what is left, and tells its accuracy before and after.
 *
 * Fine-tuning is SGD with Nesterov momentum 0.9, weight decay 5·10⁻⁴, a cosine from 0.01 to 0 and the usual
 * crops and flips, as in Li et al., "Pruning Filters for Efficient ConvNets", 2017, scaled down to the
 * preset.
 */
export async function pruneAndTune(
  model: Model,
  data: ImageData,
  { criterion, target, roundTo, images, epochs, seed }: TuneRecipe,
  { runtime, progress, checkpoint }: TuneOptions,
): Promise<{ row: TourRow; model: Model }> {
  const pruned = prune(model, planPruning(model, { target: { macs: target }, criterion, roundTo, seed }));
  const test = toExamples(data.test);
  const before = await evaluate(pruned, test, { runtime });
  const start = performance.now();
  const train = subset(data.train, Math.min(images, data.train.images.dims[0]!));
  const { model: tuned } = await fit(pruned, toExamples(train), {
    epochs,
    batchSize: 64,
    loss: crossEntropy(),
    optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
    schedule: cosine({ rate: 0.01 }),
    augment: cropAndFlip({ fill: black(data.train.normalization) }),
    seed,
    runtime,
    progress,
    checkpoint,
  });
  const seconds = (performance.now() - start) / 1000;
  const after = await evaluate(tuned, test, { runtime });
  const { macs, parameters } = countMacs(tuned);
  const row = {
    criterion,
    target,
    macs,
    parameters,
    bytes: tuned.toOnnx().length,
    pruned: before.accuracy!,
    tuned: after.accuracy!,
    seconds,
    seed,
  };
  return { row, model: tuned };
}
