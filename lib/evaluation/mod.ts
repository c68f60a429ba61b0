/**
 * Evaluation of language models on questions: asked on this machine or elsewhere, every answer logged as it
 * comes, graded offline, and summed up with intervals and paired tests.
 *
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { type Answerer, askModels, compareModels, gradeRecords, summarizeGrades } from "./mod.ts";
 * import { readQuestions } from "../questions/mod.ts";
 *
 * const rows = [{ sQuestion: "3 and 4 pens?", lSolutions: [7] }, { sQuestion: "2 of 5?", lSolutions: [3] }];
 * const questions = readQuestions("multiarith", "mine", JSON.stringify(rows));
 * // Anything that answers can be asked; `localAnswerer` and `chatAnswerer` make it of models and servers.
 * const says = (text: string): Answerer => ({
 *   identity: text,
 *   answer: () =>
 *     Promise.resolve({
 *       text,
 *       finishReason: "stop",
 *       promptTokens: 9,
 *       thinkTokens: 0,
 *       answerTokens: 5,
 *       estimated: false,
 *       answeredBy: "nobody",
 *     }),
 * });
 * const log = await Deno.makeTempFile();
 * const { records } = await askModels([
 *   { model: "parrot", method: "dense", answerer: says("<think>3 + 4</think>The answer is 7") },
 *   { model: "parrot", method: "2 bits", answerer: says("I do not know") },
 * ], questions, { log });
 * const graded = await gradeRecords(records, questions);
 * deepEqual(summarizeGrades(graded).map(({ accuracy, closed }) => [accuracy, closed]), [[0.5, 1], [0, 0]]);
 * deepEqual(compareModels(graded).map(({ difference, p }) => [difference, p]), [[-0.5, 1]]);
 * ```
 *
 * @module
 */
export type { Answer, Answerer, Asked, Decoding, ItemDecoding } from "./answerer.ts";
export { type AskedModels, askModels, type AskModelsOptions, type EvaluatedModel } from "./ask_models.ts";
export { chatAnswerer, type ChatAnswererOptions } from "./chat_answerer.ts";
export { type ComparedModels, compareModels, type CompareModelsOptions } from "./compare_models.ts";
export { type GradedRecord, gradeRecords, gradeReply, type Unclosed } from "./grade_records.ts";
export { localAnswerer, type LocalAnswererOptions } from "./local_answerer.ts";
export { type AnswerRecord, readRecords, type RecordPlace } from "./record.ts";
export {
  type EvaluationRow,
  type LengthGroup,
  summarizeGrades,
  type SummarizeOptions,
} from "./summarize_grades.ts";
