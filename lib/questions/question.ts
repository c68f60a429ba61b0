/** Name of a benchmark; those of BIG-Bench Hard are named as its files. */
export type BenchmarkName =
  | "mmlu"
  | "gsm8k"
  | "multiarith"
  | "svamp"
  | "aqua"
  | "humaneval"
  | "aime"
  | "folio"
  | "musique"
  | BigBenchTask;

/** Tasks of BIG-Bench Hard that are read. */
export type BigBenchTask =
  | "temporal_sequences"
  | "boolean_expressions"
  | "web_of_lies"
  | "object_counting"
  | "multistep_arithmetic_two"
  | "tracking_shuffled_objects_three_objects"
  | "logical_deduction_three_objects";

/**
 * How questions are worded and replies are read: `strict`, or as the code released with AGP does it, with
 * its faults (`released`), so that its numbers can be understood.
 */
export type GradingVersion = "strict" | "released";

/** One question of a benchmark. */
export interface Question {
  /** The benchmark it is of. */
  readonly benchmark: BenchmarkName;
  /** A name that stays: benchmark, split and place in the file, from 0 (`gsm8k/test/17`). */
  readonly id: string;
  /** Text of the question, with the options where there are some. */
  readonly text: string;
  /** The right answer: a letter, a word, a number, or for code the body of the function. */
  readonly gold: string;
  /** Further right answers, where answers are words. */
  readonly aliases?: readonly string[] | undefined;
  /** Field of knowledge, in benchmarks that have such: `abstract_algebra`. */
  readonly subject?: string | undefined;
  /** How an answer in code is tested. */
  readonly code?: CodeQuestion | undefined;
}

/** Parts of a question for code. */
export interface CodeQuestion {
  /** The beginning of the program that is to be completed: imports, signature, docstring. */
  readonly prompt: string;
  /** Name of the function that is tested. */
  readonly entryPoint: string;
  /** Python that defines `check(function)`. */
  readonly tests: string;
}
