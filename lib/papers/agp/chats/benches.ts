import type { DecisionName } from "../../../agents/asking/decisions.ts";
import { CODE_POOL, GENERAL_POOL, MATHS_POOL, OPTIONS_MATHS_POOL } from "../../../agents/asking/pools.ts";
import type { Agent } from "../../../agents/team.ts";
import { BENCHMARKS } from "../../../questions/benchmarks.ts";
import { holdOut } from "../../../questions/held_out.ts";
import { loadQuestions } from "../../../questions/load_questions.ts";
import type { Question } from "../../../questions/question.ts";
import { MADE_QUESTIONS } from "./made_questions.ts";
import type { ChatAmount, ChatBenchmark } from "./spec.ts";

/** Who answers a benchmark's questions. */
export interface Bench {
  /** All agents. */
  readonly pool: readonly Agent[];
  /** Role of the one that is asked where one agent is asked. */
  readonly single: string;
  /** How a team decides. */
  readonly decision: DecisionName;
}

const maths: Bench = { pool: MATHS_POOL, single: "Mathematical Analyst", decision: "refer" };

/** The pools of the paper's three domains, by benchmark. */
export const BENCHES: Readonly<Record<ChatBenchmark, Bench>> = {
  made: maths,
  gsm8k: maths,
  multiarith: maths,
  svamp: maths,
  aqua: { ...maths, pool: OPTIONS_MATHS_POOL },
  mmlu: { pool: GENERAL_POOL, single: "Knowledgeable Expert", decision: "refer" },
  humaneval: { pool: CODE_POOL, single: "Programming Expert", decision: "write-code" },
};

/** Folders under `ESPALIER_DATA` that have the questions. */
export function questionFolders(benchmarks: readonly ChatBenchmark[]): string[] {
  const folders = benchmarks.flatMap((name) => name === "made" ? [] : [BENCHMARKS[name].folder]);
  return [...new Set(folders)];
}

/**
 * Questions to learn from and others to judge by: which side a question is on follows from its own text, so
 * nothing is on both.
 *
 * @throws Error where the benchmark's file is not on this machine
 */
export async function questionsOf(
  name: ChatBenchmark,
  { questions, train }: Pick<ChatAmount, "questions" | "train">,
): Promise<{ train: Question[]; test: Question[] }> {
  if (name === "made") return { train: [], test: MADE_QUESTIONS.slice(0, questions) };
  const all = await loadQuestions(name);
  if (train === 0) return { train: [], test: all.slice(0, questions) };
  const split = holdOut(all, 0.75);
  return { train: split.train.slice(0, train), test: split.test.slice(0, questions) };
}
