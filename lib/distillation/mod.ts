/**
 * Distillation of language models: answers learned by their tokens, by what a teacher holds likely at each,
 * or by what it makes of the student's own; recovery after pruning; rejection sampling.
 *
 * ```ts ignore
 * import { nonZeroMasks } from "../sparse/mod.ts";
 * import { answerExample, distill } from "./mod.ts";
 *
 * const examples = questions.map((question, i) => answerExample(dense, question, answers[i]));
 * const { model } = await distill(pruned, examples, { teacher: dense, masks: nonZeroMasks(pruned) });
 * ```
 *
 * @module
 */
export {
  answerBatches,
  type AnswerBatchOptions,
  type AnswerExample,
  answerExample,
} from "./answer_batches.ts";
export {
  answerCrossEntropy,
  answerDistillation,
  type AnswerDistillationOptions,
  reverseDivergence,
} from "./answer_losses.ts";
export { distill, type DistillOptions } from "./distill.ts";
export { distillOnPolicy, type OnPolicyOptions, type OnPolicyResult } from "./distill_on_policy.ts";
export { keepCorrect, type KeepCorrectOptions } from "./keep_correct.ts";
export { teacherBatches, type TeacherBatchOptions } from "./teacher_batches.ts";
