/**
 * Questions of benchmarks, what their answers are, and whether a reply gives them.
 *
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { grade, readQuestions } from "./mod.ts";
 *
 * const file = JSON.stringify({ question: "What is 1,500 less 2,000?", answer: "It is less. #### -500" });
 * const [question] = readQuestions("gsm8k", "test", file);
 * equal((await grade(question!, "So the answer is -500.")).correct, true);
 * equal((await grade(question!, "So the answer is -500.", "released")).correct, false); // it reads 500
 * ```
 *
 * @module
 */
export { BENCHMARKS } from "./benchmarks.ts";
export type { Benchmark } from "./benchmarks/benchmark.ts";
export { goldReply, type Grade, grade, testProgram } from "./grade.ts";
export { type HeldOut, holdOut, type Overlap, overlap, textHash } from "./held_out.ts";
export { loadQuestions, type LoadQuestionsOptions, readQuestions } from "./load_questions.ts";
export { type ExampleReport, runExamples } from "./python/examples.ts";
export { type PythonOptions, type PythonResult, runPython } from "./python/run_python.ts";
export { questionPrompt } from "./question_prompt.ts";
export type { BenchmarkName, BigBenchTask, CodeQuestion, GradingVersion, Question } from "./question.ts";
