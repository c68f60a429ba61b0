import type { BenchmarkName } from "../../../questions/question.ts";

/** Questions that language models are asked: a benchmark, or three of our own that need no data. */
export type ChatBenchmark = BenchmarkName | "made";

/** How much is asked of a language model. */
export type ChatAmount = {
  /** The question that is asked. */
  readonly benchmarks: readonly ChatBenchmark[];
  /** Questions of each to be judged by. */
  readonly questions: number;
  /** Others of each, on which teams are looked for and learned; none: nothing is learned. */
  readonly train: number;
  /** Teams that are tried on each of those. */
  readonly candidates: number;
  /** Runs of each of them, on average. */
  readonly repeats: number;
  /** The most tokens of one answer. */
  readonly maxTokens: number;
};

/** Who answers: a recording that comes with Espalier, llama.cpp's server on this machine, or a server. */
export type ChatSource =
  | { readonly from: "recording"; readonly model: string }
  | { readonly from: "llama.cpp"; readonly model: "stories260K" | "smollm2-135m-instruct" }
  | { readonly from: "endpoint"; readonly model: string; readonly baseURL: string };

/** Questions of a unit, and who is asked. */
export type ChatSpec = ChatAmount & {
  /** Who answers. */
  readonly source: ChatSource;
  /** Seed of everything that is drawn. */
  readonly seed: number;
};
