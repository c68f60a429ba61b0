import { omitNames, type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import {
  encodeTexts,
  TEXT_BATCH_OPTIONS,
  type TextBatches,
  textBatches,
  type TextBatchOptions,
} from "./batches.ts";
import { requireLabelNames, type TextExample, type TextTask } from "./text_set.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** Texts of a task with their labels; what `glue` reads is one. */
export interface LabelledTexts extends Pick<TextTask, "labels"> {
  /** The texts. */
  examples: readonly TextExample[];
}

/** Settings of {@linkcode taskBatches}. */
export interface TaskBatchOptions extends Omit<TextBatchOptions, "padding"> {
  /** Tokens that longer texts are cut to. Default 128, or fewer where the model has fewer positions. */
  maxLength?: number | undefined;
}

/** Names of {@linkcode TaskBatchOptions}. */
const TASK_BATCH_OPTIONS: OptionNames<TaskBatchOptions> = {
  maxLength: true,
  ...omitNames(TEXT_BATCH_OPTIONS, "padding"),
};

/**
 * Labelled texts as batches that `fit`, `evaluate` and `axSearch` take: tokenized, and texts of like lengths
 * together. Targets are `labels` of classes, or `expected` of scores, where the task has no classes.
 *
 * @throws {RangeError} where there are no texts, or one has no label or one that is none of the task's;
 * {TypeError} where model and tokenizer do not fit together, or names of the classes are missing
 * @example
 * ```ts ignore
 * const validation = taskBatches(model, await loadTokenizer("minilm"), await glue("sst2", "dev"));
 * const { loss } = await evaluate(model, validation);
 * ```
 */
export function taskBatches(
  model: Model,
  tokenizer: TextTokenizer,
  task: LabelledTexts,
  settings: TaskBatchOptions = {},
): TextBatches {
  requireOptions("taskBatches", settings, TASK_BATCH_OPTIONS);
  requireLabelNames("make batches of", task, "{ examples, labels }");
  const { examples, labels } = task;
  const { maxLength, ...options } = settings;
  const texts = encodeTexts(model, tokenizer, examples, maxLength);
  const encoded = { texts, labels: examples.map(({ label }) => label), classes: labels.length };
  return textBatches(model, encoded, { ...options, padding: tokenizer.padding });
}
