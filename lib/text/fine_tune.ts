import { TypeError } from "../errors.ts";
import { omitNames, type OptionNames, requireOptions, withDefaults, withoutUndefined } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { fit, type FitOptions, type FitResult } from "../train/fit.ts";
import { FIT_OPTIONS } from "../train/fit/options.ts";
import { crossEntropy, meanSquaredError } from "../train/losses.ts";
import { adamW } from "../train/optimizers.ts";
import { linearDecay } from "../train/schedules.ts";
import type { TextBatches } from "./batches.ts";
import { taskBatches } from "./task_batches.ts";
import { requireLabelNames, type TextExample, type TextTask } from "./text_set.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** Texts and labels that an encoder is fine-tuned on. */
export interface FineTuneData extends Pick<TextTask, "labels"> {
  /** Texts to learn from. */
  train: readonly TextExample[];
  /** Texts that are looked at after each epoch. Default: none. */
  validation?: readonly TextExample[];
}

/** Settings of {@linkcode fineTune}, beside those of `fit` that are not about data. */
export interface FineTuneOptions extends Omit<FitOptions, "epochs" | "validation" | "augment"> {
  /** Times that the texts are gone through. Default 3. */
  epochs?: number | undefined;
  /** The highest learning rate, without a `schedule` of one's own. Default 2e-5, for a pretrained encoder. */
  rate?: number | undefined;
  /** Part of the run on which the rate rises, without a `schedule` of one's own. Default 0. */
  warmUp?: number | undefined;
  /** Texts of a step. Default 32, or as many as the model takes, where it takes no other number. */
  batchSize?: number | undefined;
  /** Tokens that longer texts are cut to. Default 128, or fewer where the model has fewer positions. */
  maxLength?: number | undefined;
}

/** Names of {@linkcode FineTuneOptions}. */
export const FINE_TUNE_OPTIONS: OptionNames<FineTuneOptions> = {
  epochs: true,
  rate: true,
  warmUp: true,
  batchSize: true,
  maxLength: true,
  ...omitNames(FIT_OPTIONS, "epochs", "batchSize", "validation", "augment"),
};

/**
 * Fine-tunes an encoder on a task, as is usual with BERT: AdamW without decay of weights, a rate that falls
 * in a straight line, gradients of a norm of 1 at most, texts of like lengths together. Classes are learned
 * by cross entropy, scores by squared differences.
 *
 * @throws {RangeError} where a text has no label or one that is none of the task's; {TypeError} where model,
 * tokenizer and task do not fit together, or a rate is given beside a schedule, which has its own
 * @example
 * ```ts ignore
 * const { examples, labels } = await glue("sst2", "train");
 * const tokenizer = await loadTokenizer("minilm");
 * const { model } = await loadEncoder("minilm", { classes: 2, pooling: "mean" });
 * const tuned = await fineTune(model, tokenizer, { train: examples, labels }, { epochs: 1, rate: 1e-4 });
 * ```
 */
export async function fineTune(
  model: Model,
  tokenizer: TextTokenizer,
  data: FineTuneData,
  options: FineTuneOptions = {},
): Promise<FitResult> {
  requireOptions("fineTune", options, FINE_TUNE_OPTIONS);
  requireLabelNames("fine-tune on", data, "{ train, labels }");
  const { labels, train, validation } = data;
  const { batchSize, maxLength, seed = 0 } = options;
  const classes = labels.length;
  const width = model.graph.values.get(model.graph.outputs[0]!)?.shape?.at(-1);
  if (typeof width === "number" && width !== Math.max(1, classes)) {
    throw new TypeError(
      `Cannot fine-tune a model with ${width} outputs on a task with ${
        classes === 0 ? "scores" : `${classes} classes`
      }: expected ${Math.max(1, classes)}; build or load it with classes ${Math.max(1, classes)}`,
    );
  }
  const batches = (examples: readonly TextExample[], shuffled: { shuffleSeed?: number } = {}) =>
    taskBatches(model, tokenizer, { examples, labels }, {
      batchSize,
      maxLength,
      ...shuffled,
    });
  return await fitText(model, batches(train, { shuffleSeed: seed }), {
    ...withDefaults({ loss: classes > 0 ? crossEntropy() : meanSquaredError() }, options),
    validation: validation && batches(validation),
  });
}

/** `fit` with the settings that are usual for encoders. */
export async function fitText(
  model: Model,
  batches: TextBatches,
  { epochs = 3, rate, warmUp, maxLength: _cut, ...options }:
    & FineTuneOptions
    & Pick<FitOptions, "validation">,
): Promise<FitResult> {
  const [passedOver] = Object.entries(withoutUndefined({ rate, warmUp }));
  if (options.schedule !== undefined && passedOver !== undefined) {
    throw new TypeError(
      `Cannot fine-tune with ${
        passedOver.join(" ")
      } and a schedule: expected one of them, as the schedule has its ` +
        `own rates; leave the other out`,
    );
  }
  return await fit(model, batches, {
    ...withDefaults({
      optimizer: adamW({ weightDecay: 0 }),
      schedule: linearDecay({ rate: rate ?? 2e-5, warmUp }),
      clip: 1,
    }, options),
    epochs,
  });
}
