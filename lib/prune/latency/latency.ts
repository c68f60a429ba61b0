import { COUNT, requireNumbers } from "../../bounds.ts";
import { requireModel } from "../../onnx/require_model.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import type { Shape } from "../../onnx/dim.ts";
import { requireInputShapes } from "../../onnx/infer_shapes.ts";
import type { Model } from "../../onnx/model.ts";
import { type Progress, silent } from "../../progress.ts";
import { openRuntime } from "../../runtime/engines.ts";
import { letOthersIn } from "../../runtime/let_others_in.ts";
import { requireRuntime } from "../../runtime/require_runtime.ts";
import type { EngineName, Runtime, Session, Tensors } from "../../runtime/runtime.ts";
import { quantile } from "../../statistics/describe.ts";
import { stopSignal } from "../../stop.ts";
import { zeroFeeds } from "./zero_feeds.ts";

/** Settings of {@linkcode measureLatency}. */
export interface LatencyOptions {
  /** An open engine to measure on; it stays open. Default: one is opened for the purpose. */
  runtime?: Runtime | undefined;
  /** The engine to open where no `runtime` is given. Default: the best there is. */
  engine?: EngineName | undefined;
  /** Size of inputs' leading dimension. Default: what the model fixes, or 1. */
  batch?: number | undefined;
  /** Timed runs, after three that are not. Default 20. */
  runs?: number | undefined;
  /** Seconds after which no more runs are begun, once five were timed. Default: no end. */
  seconds?: number | undefined;
  /** Sizes of inputs whose sizes are not known. */
  inputShapes?: Readonly<Record<string, Shape>> | undefined;
  /** Who is told how it goes, once a run. Default: nobody. */
  progress?: Progress | undefined;
  /** Stops measuring between two runs. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode LatencyOptions}. */
export const LATENCY_OPTIONS: OptionNames<LatencyOptions> = {
  runtime: true,
  engine: true,
  batch: true,
  runs: true,
  seconds: true,
  inputShapes: true,
  progress: true,
  signal: true,
};

/** Timed runs that are always made, however long they take. */
const LEAST_RUNS = 5;

/** How long one run takes, in milliseconds. */
export interface Latency {
  /** Engine that the model ran on. */
  engine: EngineName;
  /** The processor or adapter, in words. */
  device: string;
  /** Examples per run: the leading size of what was fed. */
  batch: number;
  /** Number of timed runs. */
  runs: number;
  /** Half of the runs were faster. */
  median: number;
  /** First and third quartile. */
  quartiles: [number, number];
}

/**
 * Measures how long a model takes on this machine, fed with zeros: as the file that `saveModel` would write,
 * without the rewriting that an engine of ours does before it runs a `Model`.
 *
 * @throws TypeError where an input has a size that is not known, or there is none that `inputShapes` names
 * @throws RangeError where `runs` or `batch` is no whole number of at least 1, or the model fixes another
 * batch
 */
export async function measureLatency(model: Model, options: LatencyOptions = {}): Promise<Latency> {
  requireOptions("measureLatency", options, LATENCY_OPTIONS);
  return (await measureSideBySide([model], options))[0]!;
}

/**
 * Measures models in turns, as files, so that what else the machine does falls on all of them alike. A turn
 * is one run, or as many as 40 ms hold, of which the median counts.
 *
 * @throws TypeError where an input has a size that is not known, or there is none that `inputShapes` names
 * @throws RangeError where `runs` or `batch` is no whole number of at least 1, or the model fixes another
 * batch
 */
export async function measureSideBySide(
  models: readonly Model[],
  options: LatencyOptions = {},
): Promise<Latency[]> {
  requireOptions("measureSideBySide", options, LATENCY_OPTIONS);
  return (await timeSideBySide(models, options)).map(({ times, ...place }) => ({
    ...place,
    runs: times.length,
    ...spread(times),
  }));
}

/** Milliseconds of each run, in the order in which they ran, and where. */
export interface Times extends Pick<Latency, "engine" | "device" | "batch"> {
  /** One per round: the same place in the lists of two models is the same round. */
  times: number[];
}

/** Times models in turns, as {@linkcode measureSideBySide} does, and gives every single time. */
export async function timeSideBySide(
  models: readonly Model[],
  options: LatencyOptions = {},
): Promise<Times[]> {
  const { runtime, engine, batch, runs = 20, inputShapes = {}, progress = silent } = options;
  const { seconds = Infinity } = options;
  models.forEach(requireModel);
  if (runtime) requireRuntime(runtime);
  requireNumbers("measure latency", { runs }, COUNT);
  if (batch !== undefined) requireNumbers("measure latency", { batch }, COUNT);
  if (seconds !== Infinity) requireNumbers("measure latency", { seconds }, { above: 0 });
  requireInputShapes(models.map(({ graph }) => graph), inputShapes);
  const fed = models.map((model) => zeroFeeds(model, { batch, inputShapes }));
  const opened = runtime ?? await openRuntime(engine ? { engine } : {});
  const signal = stopSignal(options.signal);
  const sessions: Session[] = [];
  try {
    // The bytes that would be saved: an engine's own rewriting of a model (channels filled up to blocks)
    // would hide what the file takes in somebody else's runtime.
    for (const model of models) sessions.push(await opened.session(model.toOnnx()));
    const times = models.map((): number[] => []);
    const many = models.length === 1 ? "1 model" : `${models.length} models`;
    await progress.start(`Timing ${many} on ${opened.engine}, batch ${fed[0]?.batch}`, runs);
    const begin = performance.now();
    const isLate = () => performance.now() - begin > 1000 * seconds;
    for (let run = -3; run < runs && !(run >= LEAST_RUNS && isLate()); run++) {
      for (const [i, session] of sessions.entries()) {
        signal?.throwIfAborted();
        if (sessions.length > 1) await pause();
        const taken = await timeWarm(session, fed[i]!.feeds, sessions.length > 1 ? TURN : 0);
        if (run >= 0) times[i]!.push(taken);
      }
      if (run >= 0) await progress.step(run + 1);
    }
    const { engine, device } = opened;
    return times.map((list, i) => ({ engine, device, batch: fed[i]!.batch, times: list }));
  } finally {
    await progress.close();
    for (const session of sessions) await session.release();
    if (!runtime) await opened.close();
  }
}

/** Milliseconds that a turn takes at least, so that most of a small model's runs are warm. */
const TURN = 40;

/**
 * Milliseconds of a run, of runs that take `turn` together: the median of the second half. Those right
 * behind a pause wake threads, and processors of a machine that is shared; that is more than a small model
 * takes.
 */
async function timeWarm(session: Session, feeds: Tensors, turn: number): Promise<number> {
  const times: number[] = [];
  const begin = performance.now();
  do {
    await letOthersIn(); // and not while the clock runs
    const start = performance.now();
    await session.run(feeds);
    times.push(performance.now() - start);
  } while (performance.now() - begin < turn);
  return spread(times.slice(times.length >> 1)).median;
}

/**
 * Milliseconds of each run of one small model with known sizes, as a file, without pauses: nothing else runs
 * in between.
 */
export async function timeAlone(
  model: Model,
  { runtime, runs = 20, signal: own }: LatencyOptions & { runtime: Runtime },
): Promise<number[]> {
  const signal = stopSignal(own);
  const session = await runtime.session(model.toOnnx());
  try {
    const { feeds } = zeroFeeds(model, {});
    const times: number[] = [];
    for (let run = -3; run < runs; run++) {
      signal?.throwIfAborted();
      await letOthersIn();
      const start = performance.now();
      await session.run(feeds);
      if (run >= 0) times.push(performance.now() - start);
    }
    return times;
  } finally {
    await session.release();
  }
}

/** A session's threads wait busily for a while after a run; they would slow down the next session's. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 80));
}

/** Median and quartiles of numbers in any order. */
export function spread(numbers: readonly number[]): Pick<Latency, "median" | "quartiles"> {
  const at = (part: number) => quantile(numbers, part);
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] };
}
