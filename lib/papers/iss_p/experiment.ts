import { type Progress, silent } from "../../progress.ts";
import { openRuntime } from "../../runtime/engines.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type SuperresData, superresData } from "../../superres/data.ts";
import { appendJsonLine, readJsonLines } from "../../json_lines.ts";
import { NETWORKS } from "./networks.ts";
import { pruneAndTest } from "./structured.ts";
import { type Row, type RunSpec, trainAndTest } from "./train_and_test.ts";
import type { Job } from "./worker.ts";

/** What to run, and where. */
export interface ExperimentConfig {
  runs: readonly RunSpec[];
  /** A file of rows, one JSON object per line: rows in it are not computed again. Default: none. */
  results?: string;
  /** A folder for checkpoints of runs that last long. Default: none. */
  checkpoints?: string;
  /** Runs at a time; they share the processors. Default: one for each processor, 4 at most. */
  workers?: number;
  progress?: Progress;
  signal?: AbortSignal;
}

/**
 * Runs what is asked for and gives a row for each, as soon as it is there. Rows that the results file holds already are
 * given first; so what was stopped goes on, and several machines may share the work.
 *
 * @throws Error where data to train on is missing; the signal's reason where it is aborted
 */
export async function* run(config: ExperimentConfig): AsyncGenerator<Row> {
  const { runs, results, progress = silent, signal, workers = Math.min(4, navigator.hardwareConcurrency) } =
    config;
  const known = new Map(
    results === undefined ? [] : (await readJsonLines<Row>(results)).map((row) => [keyOf(row), row]),
  );
  const waiting: RunSpec[] = [];
  for (const spec of runs) {
    const row = known.get(keyOf(spec));
    if (row) yield row;
    else waiting.push(spec);
  }
  if (waiting.length === 0) return;
  await progress.start("Training networks", runs.length);
  const threads = Math.max(1, Math.floor(navigator.hardwareConcurrency / workers));
  const crew = Array.from({ length: Math.min(workers, waiting.length) }, () => openWorker(config, threads));
  const done: Row[] = [];
  let wake = Promise.withResolvers<void>();
  let finished = runs.length - waiting.length;
  const labour = Promise.all(crew.map(async ({ work }) => {
    for (let spec = waiting.shift(); spec && !signal?.aborted; spec = waiting.shift()) {
      const row = await work(spec);
      if (results !== undefined) await appendJsonLine(results, row);
      done.push(row);
      await progress.step(
        ++finished,
        `${row.method}, sparsity ${row.sparsity}, seed ${row.seed}: ${row.psnr.toFixed(2)} dB`,
      );
      wake.resolve();
    }
  }));
  // Whatever ends the labour wakes the loop, which then sees it.
  let over = false;
  labour.then(() => over = true, () => over = true).then(() => wake.resolve());
  const stopped = () => wake.resolve();
  signal?.addEventListener("abort", stopped);
  try {
    while (!over || done.length > 0) {
      yield* done.splice(0);
      signal?.throwIfAborted();
      if (over) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    await labour;
  } finally {
    signal?.removeEventListener("abort", stopped);
    for (const { close } of crew) close();
    await progress.close();
  }
}

/** Runs whose rows are not in the results file. */
export async function notYetRun(runs: readonly RunSpec[], results: string): Promise<RunSpec[]> {
  const known = new Set((await readJsonLines<Row>(results)).map(keyOf));
  return runs.filter((spec) => !known.has(keyOf(spec)));
}

/** What tells one run from another in a results file. */
export function keyOf(spec: RunSpec): string {
  const { method, sparsity, alpha, seed, network, pruningSteps, steps, rate, batchSize, patch } = spec;
  return JSON.stringify([
    method,
    sparsity,
    alpha,
    seed,
    network,
    pruningSteps,
    steps,
    rate,
    batchSize,
    patch,
  ]);
}

interface Hand {
  work(spec: RunSpec): Promise<Row>;
  close(): void;
}

/** A thread of this program with an engine of its own, which uses so many threads. */
function openWorker({ checkpoints }: ExperimentConfig, threads: number): Hand {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return {
    work: (spec) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data: answer }) =>
          "row" in answer ? resolve(answer.row) : reject(new Error(answer.error));
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`Cannot run ${spec.method}: ${event.message}`));
        };
        const job: Job = { spec, threads, ...checkpoints !== undefined && { checkpoints } };
        worker.postMessage(job);
      }),
    close: () => worker.terminate(),
  };
}

/** One run in this thread, with data that were read before. */
export async function runHere(
  spec: RunSpec,
  { data, runtime, checkpoints, progress, signal }: {
    data: SuperresData;
    runtime: Runtime;
    checkpoints?: string;
    progress?: Progress;
    signal?: AbortSignal;
  },
): Promise<Row> {
  if (spec.method === "structured") {
    return await pruneAndTest(spec, { data, runtime, ...progress && { progress }, ...signal && { signal } });
  }
  const { row } = await trainAndTest(spec, {
    data,
    runtime,
    ...checkpoints !== undefined && { checkpoint: `${checkpoints}/${await nameOf(spec)}.safetensors` },
    ...progress && { progress },
    ...signal && { signal },
  });
  return row;
}

async function nameOf(spec: RunSpec): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(keyOf(spec)));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${spec.network}-${spec.method}-${hex.slice(0, 12)}`;
}

/**
 * About how many seconds the runs take one after the other, measured on a few steps of each network: what to look at
 * before beginning what lasts days.
 */
export async function estimateSeconds(
  runs: readonly RunSpec[],
  { steps = 5 }: { steps?: number } = {},
): Promise<number> {
  const runtime = await openRuntime();
  try {
    let seconds = 0;
    const perStep = new Map<string, number>();
    for (const spec of runs) {
      const key = `${spec.network} ${spec.batchSize} ${spec.patch}`;
      if (!perStep.has(key)) {
        const few = await superresData({ ...spec.data, space: NETWORKS[spec.network].space });
        const probe: RunSpec = { ...spec, method: "dense", sparsity: 0, pruningSteps: 0 };
        const time = async (steps: number) =>
          (await trainAndTest({ ...probe, steps }, { data: { ...few, test: [] }, runtime, logPoints: 1 })).row
            .seconds;
        const first = await time(1);
        perStep.set(key, Math.max(0, await time(1 + steps) - first) / steps);
      }
      seconds += perStep.get(key)! * spec.steps;
    }
    return seconds;
  } finally {
    await runtime.close();
  }
}
