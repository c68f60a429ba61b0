import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import { requireOptions } from "../options.ts";
import { countMacs } from "../onnx/count_macs.ts";
import type { Model } from "../onnx/model.ts";
import { pause } from "../prune/latency/latency.ts";
import { requireRuntime } from "../runtime/require_runtime.ts";
import { defaultRuntime } from "../runtime/run_model.ts";
import type { Runtime, Tensors } from "../runtime/runtime.ts";
import { quantile } from "../statistics/describe.ts";
import { bootstrapInterval, type Interval } from "../statistics/intervals.ts";

/** How long one run of a model takes, in milliseconds. */
export interface RunTime {
  /** Half of the runs were faster. */
  median: number;
  /** One run in ten was faster. */
  p10: number;
  /** Nine runs in ten were faster. */
  p90: number;
  /**
   * Billions of multiplications and additions per second, by the median; undefined where nobody counts them.
   */
  gflops: number | undefined;
}

/** Two models, timed in turns: result of {@linkcode timeInTurns}. */
export interface TimedPair {
  /** The first model. */
  before: RunTime;
  /** The second one. */
  after: RunTime;
  /** How many times as fast the second one is: the ratio of the medians. */
  ratio: number;
  /** Where that ratio lies, by the bootstrap over pairs of runs. */
  interval: Interval;
  /** How many times as fast the second model was in each pair of runs. */
  ratios: number[];
  /** Conclusion: `"faster"` and `"slower"` only where the interval excludes 1. */
  verdict: "faster" | "slower" | "no difference shown";
}

/** Settings of {@linkcode timeInTurns}. */
export interface TimeOptions {
  /** Runs of each before the first that is timed. Default 10. */
  warmUp?: number | undefined;
  /** Timed runs of each. Default 50. */
  runs?: number | undefined;
  /** Engine that computes. Default: the best there is. */
  runtime?: Runtime | undefined;
}

/**
 * Times two models in turns, one run each, so that what else the machine does falls on both alike. A run goes
 * through all batches that are given: one, or those of a data set with its real lengths. Tokenisation is not
 * in it. Models are run as files, so removed elements are gone, and masked ones are not.
 *
 * @param batches inputs of both models
 * @throws RangeError where there are no batches, or a number of runs is none
 */
export async function timeInTurns(
  before: Model,
  after: Model,
  batches: readonly Tensors[],
  options: TimeOptions = {},
): Promise<TimedPair> {
  requireOptions("timeInTurns", options, { warmUp: true, runs: true, runtime: true });
  const { warmUp = 10, runs = 50, runtime } = options;
  if (!Array.isArray(batches) || batches.length === 0) {
    throw new RangeError(
      `Cannot time models on ${givenInWords(batches)}: expected a list of batches, at least one, such as ` +
        `[{ input_ids, attention_mask }]`,
    );
  }
  requireNumbers("time models", { runs }, COUNT);
  requireNumbers("time models", { warmUp }, { whole: true, from: 0 });
  if (runtime) requireRuntime(runtime);
  const engine = runtime ?? await defaultRuntime();
  const models = [before, after];
  const sessions = [];
  const times: [number[], number[]] = [[], []];
  try {
    for (const model of models) sessions.push(await engine.session(model.toOnnx()));
    for (let run = -warmUp; run < runs; run++) {
      // The first of a pair takes turns too: whoever runs second finds the caches of the first.
      for (const i of run % 2 === 0 ? [0, 1] : [1, 0]) {
        await pause();
        const start = performance.now();
        for (const feeds of batches) await sessions[i]!.run(feeds);
        if (run >= 0) times[i]!.push(performance.now() - start);
      }
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  const [first, second] = times;
  const pairs = [...first.keys()];
  const ratioOf = (sample: readonly number[]) =>
    quantile(sample.map((i) => first[i]!), 0.5) / quantile(sample.map((i) => second[i]!), 0.5);
  const interval = bootstrapInterval(pairs, ratioOf);
  return {
    before: spread(first, before, batches),
    after: spread(second, after, batches),
    ratio: ratioOf(pairs),
    interval,
    ratios: pairs.map((i) => first[i]! / second[i]!),
    verdict: interval.low > 1 ? "faster" : interval.high < 1 ? "slower" : "no difference shown",
  };
}

function spread(times: readonly number[], model: Model, batches: readonly Tensors[]): RunTime {
  const median = quantile(times, 0.5);
  const operations = batches.reduce((sum, feeds) => sum + operationsOf(model, feeds), 0);
  return {
    median,
    p10: quantile(times, 0.1),
    p90: quantile(times, 0.9),
    gflops: Number.isFinite(operations) ? operations / median / 1e6 : undefined,
  };
}

/** Multiplications and additions of a run; NaN where they depend on what is fed. */
function operationsOf(model: Model, feeds: Tensors): number {
  const inputShapes = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  try {
    return 2 * countMacs(model, { inputShapes }).macs;
  } catch {
    return NaN;
  }
}
