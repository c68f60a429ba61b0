import { aime } from "./benchmarks/aime.ts";
import { aqua } from "./benchmarks/aqua.ts";
import type { Benchmark } from "./benchmarks/benchmark.ts";
import { bigBench } from "./benchmarks/big_bench.ts";
import { folio } from "./benchmarks/folio.ts";
import { gsm8k } from "./benchmarks/gsm8k.ts";
import { humaneval } from "./benchmarks/humaneval.ts";
import { mmlu } from "./benchmarks/mmlu.ts";
import { multiarith } from "./benchmarks/multiarith.ts";
import { musique } from "./benchmarks/musique.ts";
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
  aime,
  folio,
  musique,
  ...bigBench,
};
