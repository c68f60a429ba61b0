import { requireOptions } from "../options.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { type PythonOptions, runPython } from "./python/run_python.ts";
import type { GradingVersion, Question } from "./question.ts";

/** Grade of a reply. */
export interface Grade {
  /** Whether the reply is right. */
  readonly correct: boolean;
  /** The answer that was read in it; `undefined` where it gives none. */
  readonly answer?: string | undefined;
  /** Why code failed its tests; empty otherwise. */
  readonly error: string;
}

/**
 * Reads the answer in a reply and compares it with the gold one: letters as they are, numbers as numbers,
 * code by its tests, in a process of its own. Without an answer a reply is wrong.
 *
 * @param version how replies are read; `strict` by default
 * @param limits of code; 10 seconds and 256 MB by default
 */
export async function grade(
  question: Question,
  reply: string,
  version: GradingVersion = "strict",
  limits: PythonOptions = {},
): Promise<Grade> {
  requireOptions("grade", limits, { seconds: true, memoryMb: true });
  const { kind, extract } = BENCHMARKS[question.benchmark];
  const answer = extract[version](reply, question);
  if (answer === undefined) return { correct: false, error: "" };
  if (kind === "choice") return { correct: answer === question.gold, answer, error: "" };
  if (kind === "number") {
    return { correct: Math.abs(Number(answer) - Number(question.gold)) < 1e-6, answer, error: "" };
  }
  const { ok, error } = await runPython(testProgram(question, answer), limits);
  return { correct: ok, answer, error };
}

/** The program that fails unless the code passes all tests of its question. */
export function testProgram({ code }: Question, answer: string): string {
  return `${answer}\n\n${code!.tests}\n\ncheck(${code!.entryPoint})\n`;
}

/** A reply that gives the gold answer in the form that the benchmark's prompts ask for. */
export function goldReply({ benchmark, gold, code }: Question): string {
  const { kind } = BENCHMARKS[benchmark];
  if (kind === "code") return `\`\`\`python\n${code!.prompt}${gold}\n\`\`\``;
  // AGP's released code wants nothing but the letter of AQuA.
  return benchmark === "aqua" ? gold : `The answer is ${gold}`;
}
