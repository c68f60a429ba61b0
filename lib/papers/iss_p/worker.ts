/// <reference lib="webworker" />
/** The thread that `experiment.ts` gives runs to: an engine of its own, and the data, read once. */
import { openRuntime } from "../../runtime/engines.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type SuperresData, superresData } from "../../superres/data.ts";
import { runHere } from "./experiment.ts";
import { NETWORKS } from "./networks.ts";
import type { RunSpec } from "./train_and_test.ts";

/** What the thread is sent. It answers `{ row }` or `{ error }`. */
export interface Job {
  spec: RunSpec;
  /** Of the engine, at the first job. */
  threads: number;
  checkpoints?: string;
}

let runtime: Promise<Runtime> | undefined;
const read = new Map<string, Promise<SuperresData>>();

globalThis.onmessage = async ({ data: job }: MessageEvent<Job>) => {
  const answer = (message: unknown) => (globalThis as unknown as Worker).postMessage(message);
  try {
    const options = { ...job.spec.data, space: NETWORKS[job.spec.network].space };
    const key = JSON.stringify(options);
    if (!read.has(key)) read.set(key, superresData(options));
    runtime ??= openRuntime({ threads: job.threads });
    const row = await runHere(job.spec, {
      data: await read.get(key)!,
      runtime: await runtime,
      ...job.checkpoints !== undefined && { checkpoints: job.checkpoints },
    });
    answer({ row });
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
  }
};
