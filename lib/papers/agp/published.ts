import { withoutUndefined } from "../../options.ts";

/**
 * Numbers that others published, as data with their source. They are shown beside what is measured here, and
 * never in the same column: theirs are of a language model on real questions, ours of a simulator.
 */

/** Where numbers come from. */
export interface Sourced<T> {
  /** Publication, and its table or figure. */
  readonly source: string;
  /** The numbers. */
  readonly rows: readonly T[];
}

/** The six benchmarks of Table 1. */
export const BENCHMARKS = ["MMLU", "GSM8K", "MultiArith", "SVAMP", "AQuA", "HumanEval"] as const;

/** One of them. */
export type Benchmark = typeof BENCHMARKS[number];

/** A line of Table 1. */
export interface AccuracyRow {
  /** Name of the method. */
  readonly method: string;
  /** Whether several agents answer. */
  readonly multiAgent: boolean;
  /** Whether who answers depends on the question. */
  readonly adaptive: "no" | "partial" | "full";
  /** Accuracy or pass rate in %, by benchmark; absent where the table has a dash. */
  readonly scores: Readonly<Partial<Record<Benchmark, number>>>;
  /** The table's own average, absent where it prints none. */
  readonly average?: number;
}

/**
 * `77.81 87.45 … 84.81` in the order of {@linkcode BENCHMARKS}, the average last; `-` where there is none.
 */
function line(
  method: string,
  multiAgent: boolean,
  adaptive: AccuracyRow["adaptive"],
  cells: string,
): AccuracyRow {
  const values = cells.split(" ").map(Number);
  const average = values.at(-1)!;
  return withoutUndefined({
    method,
    multiAgent,
    adaptive,
    scores: Object.fromEntries(
      BENCHMARKS.flatMap((name, i) => Number.isNaN(values[i]) ? [] : [[name, values[i]!]]),
    ),
    average: Number.isNaN(average) ? undefined : average,
  });
}

/** The paper's main table. It has no error bars, and no fixed graphs to compare with. */
export const TABLE_1: Sourced<AccuracyRow> = {
  source: "Li and others 2025, Table 1; all with gpt-4o-mini, %",
  rows: [
    line("Single agent", false, "no", "77.81 87.45 96.85 88.26 71.42 87.08 84.81"),
    line("CoT", false, "no", "78.43 87.10 96.31 86.24 65.00 88.13 83.54"),
    line("ComplexCoT", false, "no", "81.05 86.89 96.70 90.53 77.94 87.49 86.77"),
    line("SC (CoT×5)", false, "no", "80.96 87.57 96.58 87.92 70.90 88.60 85.42"),
    line("MacNet", true, "no", "82.98 87.95 96.03 88.06 73.20 84.57 85.47"),
    line("AgentVerse", true, "no", "78.36 89.91 97.50 89.64 76.41 89.29 86.85"),
    line("MetaGPT", true, "no", "- - - - - 90.93 -"),
    line("LLM-Blender", true, "no", "81.22 88.35 97.29 89.52 77.28 88.80 87.08"),
    line("LLM-Debate", true, "no", "81.04 89.47 97.33 91.76 78.60 88.68 87.81"),
    line("DyLAN", true, "partial", "79.96 89.98 97.12 88.48 75.11 90.42 86.85"),
    line("GPTSwarm", true, "partial", "82.80 89.14 96.79 87.02 78.40 89.32 87.25"),
    line("G-Designer", true, "partial", "87.20 93.97 98.33 90.29 80.07 87.50 89.56"),
    line("MaAS", true, "partial", "- 92.30 98.80 - - 92.85 -"),
    line("AGP", true, "full", "87.65 95.01 99.44 92.30 81.20 90.62 91.04"),
  ],
};

/** Prompt tokens of a whole benchmark, in millions. */
export interface TokenRow {
  /** Name of the method. */
  readonly method: string;
  /** Benchmark. */
  readonly benchmark: Benchmark;
  /** Prompt tokens, in millions. */
  readonly millions: number;
}

const TOKENS_OF: readonly (readonly [Benchmark, number])[] = [
  ["MMLU", 1],
  ["GSM8K", 10],
  ["SVAMP", 1],
  ["HumanEval", 0.1],
];

function tokens(method: string, cells: string): TokenRow[] {
  return cells.split(" ").flatMap((cell, i) =>
    cell === "-" ? [] : [{ method, benchmark: TOKENS_OF[i]![0], millions: Number(cell) * TOKENS_OF[i]![1] }]
  );
}

/** The figure of tokens. Tokens of training are not in it. */
export const TOKEN_FIGURE: Sourced<TokenRow> = {
  source: "Li and others 2025, figure of tokens on the project page, read off it (±0.5 % of the axis)",
  rows: [
    ...tokens("AGP", "0.228 0.477 0.647 3.50"),
    ...tokens("MaAS", "- 1.040 - 2.64"),
    ...tokens("G-Designer", "0.149 0.547 0.688 3.70"),
    ...tokens("GPTSwarm", "2.60 1.40 2.00 4.50"),
    ...tokens("DyLAN", "1.20 2.20 2.90 5.39"),
    ...tokens("LLM-Debate", "1.50 2.60 3.10 6.60"),
  ],
};

/** Score after a step of training. */
export interface StepRow {
  /** Method and benchmark. */
  readonly series: string;
  /** Step of training. */
  readonly step: number;
  /** Score, 0 to 1. */
  readonly score: number;
}

const FIRST = [5, 6, 7, 8, 9, 10, 11, 12, 13, 30, 31, 32, 33, 34];

function steps(series: string, cells: string): StepRow[] {
  return cells.split(" ").map((score, i) => ({ series, step: FIRST[i]!, score: Number(score) }));
}

/** The figure of training steps. */
export const STEP_FIGURE: Sourced<StepRow> = {
  source: "Li and others 2025, figure of training steps, read off it (±0.001)",
  rows: [
    ...steps("AGP, MMLU", ".800 .850 .834 .880 .886 .875 .877 .876 .872 .876 .876 .880 .863 .886"),
    ...steps("G-Designer, MMLU", ".790 .767 .820 .840 .826 .833 .840 .836 .855 .860 .843 .850 .856 .872"),
    ...steps("AGP, GSM8K", ".857 .893 .912 .898 .934 .944 .951 .950"),
    ...steps("G-Designer, GSM8K", ".846 .857 .813 .867 .842 .925 .943 .940"),
    ...steps("AGP, HumanEval", ".875 .870 .876 .906 .884 .892 .883 .882"),
    ...steps("G-Designer, HumanEval", ".750 .818 .857 .856 .850 .883 .860 .875"),
  ],
};

/** A line of the ablation. */
export interface AblationRow {
  /** The part that is left out. */
  readonly variant: string;
  /** Scores in %. */
  readonly scores: Readonly<Partial<Record<Benchmark, number>>>;
}

/** The ablation; the table itself was not seen. */
export const ABLATION: Sourced<AblationRow> = {
  source: "Li and others 2025, ablation, as two independent reading notes quote it, %",
  rows: [
    { variant: "AGP", scores: { MMLU: 87.65, GSM8K: 95.01, HumanEval: 90.62 } },
    { variant: "without soft pruning (links)", scores: { MMLU: 83.49, GSM8K: 90.13, HumanEval: 85.63 } },
    { variant: "without hard pruning (agents)", scores: { MMLU: 85.20, GSM8K: 91.56, HumanEval: 88.41 } },
  ],
};

/** Measurements of an independent program with the same rules of the simulator, three seeds. */
export interface ElsewhereRow {
  /** Labels of the second stage. */
  readonly labels: "exact" | "first stage" | "first success";
  /** Mean regret of the released network as released, with pruned agents skipped, and of the directed one. */
  readonly regret: readonly [released: number, skipped: number, directed: number];
}

/** The second stage elsewhere. */
export const ELSEWHERE: Sourced<ElsewhereRow> = {
  source: "an independent program, the simulator's rules, 40 questions a type, three seeds of its own",
  rows: [
    { labels: "exact", regret: [.365, .208, .0000] },
    { labels: "first stage", regret: [.327, .141, .028] },
    { labels: "first success", regret: [.348, .299, .321] },
  ],
};

/** Sizes that the benchmarks have in the release: n where a printed score may be k of n questions. */
const DENOMINATORS: Readonly<Partial<Record<Benchmark, readonly number[]>>> = {
  MMLU: [153],
  GSM8K: [1319],
  MultiArith: [180],
  SVAMP: [300],
  AQuA: [54, 254],
  HumanEval: [160, 161],
};

/**
 * Whether a printed score is k of n questions for a size of the benchmark that the release has: if not, it is
 * an average, or of another subset.
 */
export function isWholeNumberOfQuestions(benchmark: Benchmark, score: number): boolean {
  return DENOMINATORS[benchmark]!.some((n) => {
    const hundredths = 1e4 * Math.round(score * n / 100) / n;
    // Scores are printed with two digits, cut or rounded.
    return [Math.floor(hundredths), Math.round(hundredths)].includes(Math.round(100 * score));
  });
}
