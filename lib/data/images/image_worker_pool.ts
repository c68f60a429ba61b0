import { Error } from "../../errors.ts";
import type { Answer, ImageJob, Job } from "./image_worker.ts";

/** Threads at most: with more, the images of one batch are soon read anyway. */
const MOST_WORKERS = Math.min(8, Math.max(1, (globalThis.navigator?.hardwareConcurrency ?? 1) - 1));

/** Milliseconds without work after which the threads end, so that they do not keep the program alive. */
const IDLE_TIME = 1000;

interface PoolWorker {
  worker: Worker;
  /** Jobs that it has not answered yet, by number. */
  jobs: Map<number, PromiseWithResolvers<Float32Array>>;
}

/**
 * Threads that read images, begun when they are needed. All that a batch asks for is sent to them at once:
 * while a step of training keeps this thread busy, nothing could be sent.
 */
export function imageWorkerPool(): (
  images: readonly ImageJob[],
  settings: Omit<Job, "id" | "images">,
) => Promise<Float32Array[]> {
  const workers: PoolWorker[] = [];
  let jobs = 0;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const stop = (poolWorker: PoolWorker) => {
    poolWorker.worker.terminate();
    workers.splice(workers.indexOf(poolWorker), 1);
  };
  const start = (): PoolWorker => {
    const worker = new Worker(new URL("./image_worker.ts", import.meta.url), { type: "module" });
    const poolWorker: PoolWorker = { worker, jobs: new Map() };
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = poolWorker.jobs.get(data.id)!;
      poolWorker.jobs.delete(data.id);
      if ("error" in data) reject(new (data.damaged ? SyntaxError : Error)(data.error));
      else resolve(data.images);
      if (workers.every(({ jobs }) => jobs.size === 0)) {
        idle = setTimeout(() => workers.slice().forEach(stop), IDLE_TIME);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of poolWorker.jobs.values()) {
        reject(new Error(`Cannot read images: ${event.message}`));
      }
      stop(poolWorker);
    };
    workers.push(poolWorker);
    return poolWorker;
  };
  return (images, settings) => {
    clearTimeout(idle);
    while (workers.length < MOST_WORKERS) start();
    const share = Math.ceil(images.length / MOST_WORKERS);
    return Promise.all(
      Array.from({ length: Math.ceil(images.length / share) }, (_, i) => {
        const id = jobs++;
        const answer = Promise.withResolvers<Float32Array>();
        const { worker, jobs: own } = workers.reduce((a, b) => b.jobs.size < a.jobs.size ? b : a);
        own.set(id, answer);
        worker.postMessage(
          { ...settings, id, images: images.slice(i * share, (i + 1) * share) } satisfies Job,
        );
        return answer.promise;
      }),
    );
  };
}
