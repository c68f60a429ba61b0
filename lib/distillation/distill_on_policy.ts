import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { generateText } from "../lm/generate.ts";
import { type LanguageModel, languageModel } from "../lm/language_model.ts";
import type { DecoderWeights } from "../lm/read/weights.ts";
import { wholeGraph } from "../lm/read/load_decoder.ts";
import type { Model } from "../onnx/model.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { stopSignal } from "../stop.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fit } from "../train/fit.ts";
import type { Masks } from "../train/weight_mask.ts";
import { fixedMasks } from "../sparse/methods/fixed_masks.ts";
import { adamW } from "../train/optimizers.ts";
import { constantRate } from "../train/schedules.ts";
import { answerBatches, type AnswerExample } from "./answer_batches.ts";
import { reverseDivergence } from "./answer_losses.ts";
import { requireSameVocabulary } from "./distill.ts";
import { teacherBatches } from "./teacher_batches.ts";

/** Settings of {@linkcode distillOnPolicy}. */
export interface OnPolicyOptions {
  /** How often all prompts are answered and learned from. Default 1. */
  rounds?: number | undefined;
  /** The most tokens of an answer. Default 256. */
  maxTokens?: number | undefined;
  /** Sampling temperature of the student's answers. Default 1. */
  temperature?: number | undefined;
  /** Learning rate. Default 1e-4. */
  rate?: number | undefined;
  /** Answers of a step. Default 8. */
  batchSize?: number | undefined;
  /** Which weights stay; the others are 0 throughout. Default: all stay. */
  masks?: Masks | undefined;
  /** Seed of answers and order. Default 0. */
  seed?: number | undefined;
  /** Ends the run. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode OnPolicyOptions}. */
const ON_POLICY_OPTIONS: OptionNames<OnPolicyOptions> = {
  rounds: true,
  maxTokens: true,
  temperature: true,
  rate: true,
  batchSize: true,
  masks: true,
  seed: true,
  signal: true,
};

/** What on-policy distillation made. */
export interface OnPolicyResult {
  /** The trained student: weights to open, write or compress. */
  weights: DecoderWeights;
  /** Mean divergence from the teacher on the student's own answers, in nats a token, round by round. */
  divergences: number[];
}

/**
 * On-policy distillation: the student answers the prompts itself, and learns at each token of its answers
 * what the teacher would have said there, by the reverse divergence; then again with what it has become.
 * What the student does on its own, loops above all, is what is put right.
 *
 * @param student a decoder's weights, with the vocabulary of the teacher
 * @param prompts tokens of each prompt
 * @throws {TypeError} where the teacher has another vocabulary
 * @throws {RangeError} where a setting is out of its range, or a prompt does not fit
 */
export async function distillOnPolicy(
  student: DecoderWeights,
  teacher: LanguageModel,
  prompts: readonly (readonly number[])[],
  options: OnPolicyOptions = {},
): Promise<OnPolicyResult> {
  requireOptions("distillOnPolicy", options, ON_POLICY_OPTIONS);
  const { rounds = 1, rate = 1e-4, batchSize = 8, masks, seed = 0 } = options;
  requireNumbers("distil", { rounds, batchSize }, COUNT);
  if (prompts.length === 0) throw new RangeError("Cannot distil without prompts: give at least one");
  const training = { schedule: constantRate(rate), sparsify: masks && fixedMasks(masks) };
  const signal = stopSignal(options.signal);
  requireSameVocabulary(wholeGraph(student), teacher);
  let weights = student;
  const divergences: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const examples = await ownAnswers(weights, teacher, { prompts, round, signal }, options);
    const { model, history } = await fit(
      wholeGraph(weights),
      teacherBatches(answerBatches(examples, { batchSize, shuffleSeed: seed + round }), teacher),
      {
        epochs: 1,
        loss: reverseDivergence(),
        optimizer: adamW({ weightDecay: 0 }),
        ...training,
        clip: 1,
        signal,
      },
    );
    weights = { ...weights, tensors: tensorsOf(model, weights.tensors) };
    divergences.push(history[0]!.loss);
  }
  return { weights, divergences };
}

/** What the student says, with the token that ended it, where one did. */
async function ownAnswers(
  weights: DecoderWeights,
  { vocabulary }: LanguageModel,
  { prompts, round, signal }: {
    prompts: readonly (readonly number[])[];
    round: number;
    signal: AbortSignal | undefined;
  },
  { maxTokens = 256, temperature = 1, seed = 0 }: OnPolicyOptions,
): Promise<AnswerExample[]> {
  await using model = languageModel(weights, { vocabulary });
  const [end] = vocabulary.end;
  const examples: AnswerExample[] = [];
  for (const [i, prompt] of prompts.entries()) {
    const settings = { maxTokens, temperature, seed, item: { item: i, run: round } };
    const { ids, stopReason } = await generateText(model, prompt, { ...settings, signal });
    signal?.throwIfAborted();
    const answer = stopReason === "end" && end !== undefined ? [...ids, end] : ids;
    if (answer.length > 0) examples.push({ prompt, answer });
  }
  return examples;
}

/** The tensors of these names in a model. */
function tensorsOf({ graph }: Model, names: Tensors): Tensors {
  return Object.fromEntries(
    Object.keys(names).map((name) => [name, graph.initializers.get(name) as Tensor]),
  );
}
