import { TypeError } from "../errors.ts";
import type { LanguageModel } from "../lm/language_model.ts";
import type { Model } from "../onnx/model.ts";
import { omitNames, type OptionNames, requireOptions, withDefaults } from "../options.ts";
import type { Masks } from "../train/weight_mask.ts";
import { fixedMasks } from "../sparse/methods/fixed_masks.ts";
import { FIT_OPTIONS } from "../train/fit/options.ts";
import { fit, type FitOptions, type FitResult } from "../train/fit.ts";
import { adamW } from "../train/optimizers.ts";
import { linearDecay } from "../train/schedules.ts";
import { answerBatches, type AnswerExample } from "./answer_batches.ts";
import { answerCrossEntropy, answerDistillation, type AnswerDistillationOptions } from "./answer_losses.ts";
import { teacherBatches } from "./teacher_batches.ts";

/** Settings of {@linkcode distill}, beside those of `fit` that are not about data. */
export interface DistillOptions
  extends AnswerDistillationOptions, Omit<FitOptions, "epochs" | "augment" | "sparsify"> {
  /** Who is learned from at each token; without one the tokens alone are learned. Default: nobody. */
  teacher?: LanguageModel | undefined;
  /** Times that the examples are gone through. Default 1. */
  epochs?: number | undefined;
  /** The highest learning rate. Default 1e-4. */
  rate?: number | undefined;
  /** Examples of a step. Default 8. */
  batchSize?: number | undefined;
  /** Tokens that longer examples are cut to. Default: none are cut. */
  maxLength?: number | undefined;
  /** Which weights stay; the others are 0 from the first step to the last. Default: all stay. */
  masks?: Masks | undefined;
}

/** Names of {@linkcode DistillOptions}. */
const DISTILL_OPTIONS: OptionNames<DistillOptions> = {
  ...omitNames(FIT_OPTIONS, "augment", "sparsify"),
  teacher: true,
  rate: true,
  batchSize: true,
  maxLength: true,
  masks: true,
  temperature: true,
  weight: true,
  top: true,
};

/**
 * Trains a decoder for whole texts on answers: their tokens (SFT), or with a `teacher` also what that holds
 * likely at each of them; AdamW without decay of weights, a rate that falls in a straight line, gradients of
 * a norm of 1 at most. A pruned model recovers with the dense one as teacher and
 * `masks: nonZeroMasks(pruned)`.
 *
 * @throws {RangeError} where examples or settings are out of their ranges
 * @throws {TypeError} where the teacher has another vocabulary; where a setting would do nothing:
 * `temperature`, `weight` or `top` without a `teacher` or beside a `loss`, `rate` beside a `schedule`
 * @example
 * ```ts ignore
 * const examples = questions.map((one, i) => answerExample(dense, questionPrompt(one), answers[i]));
 * const { model } = await distill(pruned, examples, { teacher: dense, masks: nonZeroMasks(pruned) });
 * ```
 */
export async function distill(
  student: Model,
  examples: readonly AnswerExample[],
  settings: DistillOptions = {},
): Promise<FitResult> {
  requireOptions("distill", settings, DISTILL_OPTIONS);
  refuseUnused(settings);
  const { teacher, epochs = 1, rate = 1e-4, batchSize = 8, maxLength = Infinity, ...more } = settings;
  const { masks, temperature = 1, weight = 0.5, top, ...options } = more;
  const batches = answerBatches(examples, { batchSize, maxLength, shuffleSeed: options.seed ?? 0 });
  if (teacher) requireSameVocabulary(student, teacher);
  const teaching = top === undefined ? {} : { top, temperature };
  return await fit(student, teacher ? teacherBatches(batches, teacher, teaching) : batches, {
    ...withDefaults({
      loss: teacher ? answerDistillation({ temperature, weight, top }) : answerCrossEntropy(),
      optimizer: adamW({ weightDecay: 0 }),
      schedule: linearDecay({ rate }),
      clip: 1,
    }, options),
    sparsify: masks && fixedMasks(masks),
    epochs,
  });
}

const NO_TEACHER = "without a teacher: it would do nothing; leave it out, or name a teacher";
const OWN_LOSS = "beside a loss of your own: it would do nothing; leave one of them out";
const OWN_SCHEDULE = "beside a schedule of your own: it would do nothing; leave one of them out";

/** @throws TypeError where a setting would be passed over without a word */
function refuseUnused({ teacher, loss, schedule, temperature, weight, top, rate }: DistillOptions): void {
  const ofLoss = loss ? OWN_LOSS : teacher ? undefined : NO_TEACHER;
  for (
    const [name, value, why] of [
      ["temperature", temperature, ofLoss],
      ["weight", weight, ofLoss],
      ["top", top, ofLoss],
      ["rate", rate, schedule && OWN_SCHEDULE],
    ] as const
  ) {
    if (value !== undefined && why) throw new TypeError(`Cannot distil with ${name} ${why}`);
  }
}

/** @throws TypeError where a teacher's logits are not those of the student's tokens */
export function requireSameVocabulary(student: Model, teacher: LanguageModel): void {
  const width = student.graph.values.get(student.graph.outputs[0]!)?.shape?.at(-1);
  if (typeof width !== "number" || width === teacher.options.vocabulary) return;
  throw new TypeError(
    `Cannot learn from ${teacher.name}: it has ${teacher.options.vocabulary} tokens, the student ${width}; expected ` +
      `the same vocabulary`,
  );
}
