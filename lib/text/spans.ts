import { RangeError, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions, withDefaults } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { FitResult } from "../train/fit.ts";
import { requireVocabulary, textBatches } from "./batches.ts";
import { encoderInputs } from "./encoder_inputs.ts";
import { FINE_TUNE_OPTIONS, type FineTuneOptions, fitText } from "./fine_tune.ts";
import { RUN_TEXTS_OPTIONS, runTexts, type RunTextsOptions } from "./run_texts.ts";
import { spanCrossEntropy } from "./span_loss.ts";
import {
  bestSpans,
  type FoundSpan,
  SPAN_WINDOW_OPTIONS,
  type SpanWindow,
  type SpanWindowOptions,
  spanWindows,
} from "./span_windows.ts";
import type { SpanExample } from "./squad.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import { float32Of } from "../tensor/arrays.ts";

/** Settings of {@linkcode answerSpans}. */
export interface AnswerSpansOptions extends SpanWindowOptions, RunTextsOptions {
  /** Tokens of the longest answer. Default 30. */
  longest?: number | undefined;
}

/** Names of {@linkcode AnswerSpansOptions}. */
const ANSWER_SPANS_OPTIONS: OptionNames<AnswerSpansOptions> = {
  ...SPAN_WINDOW_OPTIONS,
  ...RUN_TEXTS_OPTIONS,
  longest: true,
};

/**
 * Answers to questions about texts, by an encoder with the outputs `start_logits` and `end_logits`: of each
 * text the stretch that the model holds most likely.
 *
 * @throws {TypeError} where the model has no such outputs, or the tokenizer does not fit it
 */
export async function answerSpans(
  model: Model,
  tokenizer: TextTokenizer,
  examples: readonly SpanExample[],
  options: AnswerSpansOptions = {},
): Promise<FoundSpan[]> {
  requireOptions("answerSpans", options, ANSWER_SPANS_OPTIONS);
  const { longest, batchSize, runtime, signal, ...windowed } = options;
  const windows = windowsFor(model, tokenizer, examples, windowed);
  const [starts, ends]: [Float32Array[], Float32Array[]] = [[], []];
  await runTexts(
    model,
    { texts: windows, padding: tokenizer.padding },
    ({ start_logits, end_logits }, rows) => {
      if (!start_logits || !end_logits) {
        throw new TypeError(
          `Cannot answer with this model: expected the outputs start_logits and end_logits, found ` +
            `${model.graph.outputs.join(", ")}; build or load the encoder with head "span"`,
        );
      }
      const length = start_logits.dims[1]!;
      for (const [logits, kept] of [[start_logits, starts], [end_logits, ends]] as const) {
        const numbers = float32Of(logits);
        rows.forEach((row, i) => kept[row] = numbers.slice(i * length, (i + 1) * length));
      }
    },
    { batchSize, runtime, signal },
  );
  return bestSpans(examples, windows, starts, ends, longest);
}

/** Settings of {@linkcode fineTuneSpans}. */
export interface FineTuneSpansOptions extends FineTuneOptions, Omit<SpanWindowOptions, "maxLength"> {}

/** Names of {@linkcode FineTuneSpansOptions}. */
const FINE_TUNE_SPANS_OPTIONS: OptionNames<FineTuneSpansOptions> = {
  ...FINE_TUNE_OPTIONS,
  stride: true,
  maxQuestion: true,
};

/**
 * Fine-tunes an encoder with the outputs `start_logits` and `end_logits` to find answers in texts, as
 * `fineTune` does for classes. Of a window without the answer, the first token is to be found. `maxLength` is
 * that of the windows: 384 tokens, or as many as the model has positions.
 *
 * @throws {RangeError} where a question has no answer to learn from
 */
export async function fineTuneSpans(
  model: Model,
  tokenizer: TextTokenizer,
  { train, validation }: { train: readonly SpanExample[]; validation?: readonly SpanExample[] },
  settings: FineTuneSpansOptions = {},
): Promise<FitResult> {
  requireOptions("fineTuneSpans", settings, FINE_TUNE_SPANS_OPTIONS);
  const { stride, maxQuestion, ...options } = settings;
  const { maxLength, batchSize, seed = 0 } = options;
  const windowed = {
    maxLength,
    stride,
    maxQuestion,
  };
  const batches = (examples: readonly SpanExample[], shuffleSeed?: number) => {
    const windows = windowsFor(model, tokenizer, examples, windowed);
    const spans = windows.map(({ answer, example }) => {
      if (answer) return answer;
      throw new RangeError(
        `Cannot learn from question ${
          examples[example]!.id
        }: expected an answer that stands in its text, found none`,
      );
    });
    return textBatches(model, { texts: windows, spans }, {
      batchSize,
      padding: tokenizer.padding,
      shuffleSeed,
    });
  };
  return await fitText(model, batches(train, seed), {
    ...withDefaults({ loss: spanCrossEntropy() }, options),
    validation: validation && batches(validation),
  });
}

/** Tokens of a window where nobody says otherwise. */
const WINDOW = 384;

function windowsFor(
  model: Model,
  tokenizer: TextTokenizer,
  examples: readonly SpanExample[],
  options: SpanWindowOptions,
): SpanWindow[] {
  const inputs = encoderInputs(model);
  requireVocabulary(inputs, tokenizer);
  const { positions = WINDOW } = inputs;
  return spanWindows(tokenizer, examples, withDefaults({ maxLength: Math.min(WINDOW, positions) }, options));
}
