import { aqua } from "./benchmarks/aqua.ts";
import type { Benchmark } from "./benchmarks/benchmark.ts";
import { gsm8k } from "./benchmarks/gsm8k.ts";
import { humaneval } from "./benchmarks/humaneval.ts";
import { mmlu } from "./benchmarks/mmlu.ts";
import { multiarith } from "./benchmarks/multiarith.ts";
import { svamp } from "./benchmarks/svamp.ts";
import type { BenchmarkName } from "./question.ts";

/** The benchmarks, a row each. */
export const BENCHMARKS: Readonly<Record<BenchmarkName, Benchmark>> = {
  mmlu,
  gsm8k,
  multiarith,
  svamp,
  aqua,
  humaneval,
};
