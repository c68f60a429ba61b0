import { duration, type Progress } from "../progress.ts";

/** Tells how a run is getting on: units done, failed and under way, who is at what. */
export interface Watcher {
  /** A unit began. */
  started(name: string, label: string): Promise<void>;
  /** A unit is getting on, at a worker. */
  note(name: string, worker: string, note: string): void;
  /** A unit is done. */
  done(name: string): Promise<void>;
  /** A unit failed. */
  failed(name: string, why: string): Promise<void>;
  /** Stops telling. */
  close(): Promise<void>;
}

/** Begins to watch so many units, which take about so many seconds. */
export async function watch(
  progress: Progress,
  { title, total, seconds }: { title: string; total: number; seconds?: number },
): Promise<Watcher> {
  const running = new Map<string, { label: string; worker?: string; note?: string }>();
  let done = 0;
  const failures: string[] = [];
  const estimate = seconds === undefined ? [] : [`about ${duration(seconds)} in all`];
  await progress.start(title, total);
  await progress.step(0, estimate.join());

  async function say(): Promise<void> {
    const lines = [...running.values()].flatMap(({ label, worker, note }) =>
      worker === undefined ? [] : `${worker}: ${label}${note ? ` (${note})` : ""}`
    );
    const failed = failures.length > 0 ? [`${failures.length} failed`] : [];
    const before = done === 0 ? estimate : [];
    await progress.step(done + failures.length, [...before, ...failed, ...lines].join("; "));
  }

  return {
    async started(name, label) {
      running.set(name, { label });
      await say();
    },
    note(name, worker, note) {
      const unit = running.get(name);
      if (!unit) return;
      Object.assign(unit, { worker, note });
      void say();
    },
    async done(name) {
      running.delete(name);
      done++;
      await say();
    },
    async failed(name, why) {
      running.delete(name);
      failures.push(why);
      await say();
    },
    async close() {
      const told = failures.map((why) => `\n  failed: ${why}`).join("");
      await progress.close(told ? `${done} done, ${failures.length} failed${told}` : undefined);
    },
  };
}
