import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { type Prompt, promptTokens } from "../lm/generate.ts";
import type { LanguageModel } from "../lm/language_model.ts";
import { requireOptions } from "../options.ts";
import { seededRandom } from "../random.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import type { Batch, BatchSource } from "../train/batches.ts";

/** A prompt and an answer to learn, in tokens. */
export interface AnswerExample {
  /** Tokens that are given. */
  readonly prompt: readonly number[];
  /** Tokens that are learned, with the one that ends the answer. */
  readonly answer: readonly number[];
}

/**
 * An example of texts: the prompt as the model is asked, the answer as it would give it, with its end.
 *
 * @throws {TypeError} where a chat is given to a model without a template
 */
export function answerExample(model: LanguageModel, prompt: Prompt, answer: string): AnswerExample {
  const [end] = model.vocabulary.end;
  return {
    prompt: promptTokens(model, prompt),
    answer: [...model.vocabulary.encode(answer, { begin: false }), ...end === undefined ? [] : [end]],
  };
}

/** Settings of {@linkcode answerBatches}. */
export interface AnswerBatchOptions {
  /** Examples of a step. Default 8. */
  batchSize?: number | undefined;
  /** Tokens that longer examples are cut to. Default: none are cut. */
  maxLength?: number | undefined;
  /** Shuffles each epoch anew; without it examples come in order. */
  shuffleSeed?: number | undefined;
}

/**
 * Batches for the losses on answers: `input_ids`, and as targets the next token at each place (`tokens`) and
 * whether it belongs to an answer (`counts`). Shorter examples are filled up on the right, where causal
 * attention does not look.
 *
 * @throws {RangeError} where there is no example, a prompt or an answer is empty or is all cut off
 */
export function answerBatches(
  examples: readonly AnswerExample[],
  options: AnswerBatchOptions = {},
): BatchSource {
  requireOptions("answerBatches", options, { batchSize: true, maxLength: true, shuffleSeed: true });
  const { batchSize = 8, maxLength = Infinity, shuffleSeed } = options;
  requireNumbers("make batches of answers", { batchSize }, COUNT);
  if (examples.length === 0) throw new RangeError("Cannot make batches of no answers: expected one at least");
  examples.forEach(({ prompt, answer }, i) => {
    if (prompt.length > 0 && answer.length > 0 && prompt.length < maxLength) return;
    throw new RangeError(
      `Cannot learn answer ${i}: expected a prompt of 1 to ${
        maxLength - 1
      } tokens and an answer of at least 1, ` +
        `found ${prompt.length} and ${answer.length}; leave it out, or raise maxLength`,
    );
  });
  const orderOf = (epoch: number) =>
    shuffleSeed === undefined
      ? Uint32Array.from(examples, (_, i) => i)
      : seededRandom(shuffleSeed, "answers", epoch).permutation(examples.length);
  return {
    stepsPerEpoch: Math.ceil(examples.length / batchSize),
    batch: (epoch, step) =>
      batchOf(
        [...orderOf(epoch).subarray(step * batchSize, (step + 1) * batchSize)].map((i) => examples[i]!),
        maxLength,
      ),
  };
}

function batchOf(examples: readonly AnswerExample[], maxLength: number): Batch {
  const rows = examples.map(({ prompt, answer }) => ({
    ids: [...prompt, ...answer].slice(0, maxLength),
    from: prompt.length - 1,
  }));
  const length = Math.max(...rows.map(({ ids }) => ids.length)) - 1;
  const dims = [rows.length, length];
  const filled = (ids: readonly number[]) => [...ids, ...new Array<number>(length - ids.length).fill(0)];
  return {
    inputs: { input_ids: int64(rows.flatMap(({ ids }) => filled(ids.slice(0, -1))), dims) },
    targets: {
      tokens: int64(rows.flatMap(({ ids }) => filled(ids.slice(1))), dims),
      counts: float32(
        rows.flatMap(({ ids, from }) => filled(ids.slice(1).map((_, place) => Number(place >= from)))),
        dims,
      ),
    },
  };
}
