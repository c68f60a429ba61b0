import { requireOptions, requireWords } from "../options.ts";
import { exactMatch, normalizeAnswer, tokenF1 } from "../statistics/word_overlap.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { pythonLimits, type PythonOptions, runPython } from "./python/run_python.ts";
import type { GradingVersion, Question } from "./question.ts";

/** Grade of a reply. */
export interface Grade {
  /** Whether the reply is right. */
  readonly correct: boolean;
  /** The answer that was read in it; `undefined` where it gives none. */
  readonly answer?: string | undefined;
  /** Why code failed its tests; empty otherwise. */
  readonly error: string;
  /** F1 of the words of the answer and of the gold one that is nearest, 0 to 1, where answers are words. */
  readonly f1?: number | undefined;
  /** Whether the answer contains a gold one, word for word, where answers are words. */
  readonly contains?: boolean | undefined;
}

/**
 * Reads the answer in a reply and compares it with the gold one: letters as they are, numbers as numbers,
 * code by its tests, in a process of its own; words as SQuAD does, any alias being right. Without an answer a
 * reply is wrong.
 *
 * @param version how replies are read; `strict` by default
 * @param limits of code; 10 seconds and 256 MB by default
 * @throws RangeError where there is no such version, or limits cannot be, whatever the question
 */
export async function grade(
  question: Question,
  reply: string,
  version: GradingVersion = "strict",
  limits: PythonOptions = {},
): Promise<Grade> {
  requireOptions("grade", limits, { seconds: true, memoryMb: true });
  pythonLimits(limits);
  requireWords("grade a reply", { version }, { version: { strict: true, released: true } });
  const { kind, extract } = BENCHMARKS[question.benchmark];
  const answer = extract[version](reply, question);
  if (kind === "words") return gradeWords(answer, [question.gold, ...question.aliases ?? []]);
  if (answer === undefined) return { correct: false, error: "" };
  if (kind === "choice") return { correct: answer === question.gold, answer, error: "" };
  if (kind === "number") {
    return { correct: Math.abs(Number(answer) - Number(question.gold)) < 1e-6, answer, error: "" };
  }
  const { ok, error } = await runPython(testProgram(question, answer), limits);
  return { correct: ok, answer, error };
}

function gradeWords(answer: string | undefined, gold: readonly string[]): Grade {
  if (answer === undefined) return { correct: false, error: "", f1: 0, contains: false };
  const said = ` ${normalizeAnswer(answer)} `;
  return {
    correct: exactMatch(answer, gold) === 1,
    answer,
    error: "",
    f1: tokenF1(answer, gold),
    contains: gold.some((one) => said.includes(` ${normalizeAnswer(one)} `)),
  };
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
