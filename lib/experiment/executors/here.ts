import { ATTEMPTS, type Executor, gaveUp, type OpenExecutor } from "./executor.ts";
import type { Job } from "../job.ts";
import { startWorker, type WorkerProcess } from "./worker_process.ts";

/** Long-lived worker processes on this machine; one that dies is replaced, and its job tried again. */
export const openHere: OpenExecutor = (options) => {
  const { listener, workers, modules } = options;
  const waiting: { job: Job; attempt: number }[] = [];
  const idle: WorkerProcess[] = [];
  const all = new Set<WorkerProcess>();
  const titles = new WeakMap<WorkerProcess, string>();
  const doing = new Map<WorkerProcess, { job: Job; attempt: number }>();
  let [started, closed] = [0, false];

  function startOne(): WorkerProcess {
    const title = `worker ${++started}`;
    const worker = startWorker(modules, (line) => {
      if ("note" in line) return listener.note(line.name, title, line.note);
      doing.delete(worker);
      idle.push(worker);
      listener.answer(line.answer);
      next();
    });
    all.add(worker);
    titles.set(worker, title);
    worker.ended.then((how) => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
      const left = doing.get(worker);
      doing.delete(worker);
      if (closed) return;
      if (left && left.attempt < ATTEMPTS) waiting.unshift({ job: left.job, attempt: left.attempt + 1 });
      else if (left) listener.answer(gaveUp(left.job, how));
      next();
    });
    return worker;
  }

  function next(): void {
    while (!closed && waiting.length > 0) {
      const worker = idle.shift() ?? (all.size < workers ? startOne() : undefined);
      if (!worker) return;
      const work = waiting.shift()!;
      doing.set(worker, work);
      listener.note(work.job.name, titles.get(worker)!, "");
      worker.send(work.job);
    }
  }

  const executor: Executor = {
    // A second job waits for each worker, so that none waits for the leader.
    capacity: 2 * workers,
    start(job) {
      waiting.push({ job, attempt: 1 });
      next();
    },
    async close() {
      closed = true;
      for (const worker of all) worker.kill();
      await Promise.all(Array.from(all, ({ ended }) => ended));
    },
  };
  return Promise.resolve(executor);
};
