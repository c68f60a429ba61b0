import { appendJsonLine, readJsonLines } from "../../files/json_lines.ts";
import { fields, number } from "../../files/schema.ts";
import type { Progress } from "../../progress.ts";

/** Times of a run, as its row has them. */
export interface Times {
  /** Seconds of the whole run. */
  seconds: number;
  /** Seconds of these that the method's own work on the weights took. */
  sparsifySeconds: number;
}

/** One process's part of a run, as far as it got. */
interface Part extends Times {
  part: number;
}

const PART = fields({ part: number, seconds: number, sparsifySeconds: number });

/** Measures a run over all processes that had a part in it. */
export interface Stopwatch {
  /** Does part of the method's work. */
  sparsify(work: () => void | Promise<void>): Promise<void>;
  /** A progress that keeps the times, once a minute, as it is told of steps. */
  keptBy(progress: Progress): Progress;
  /** The times of all parts until now. */
  times(): Times;
}

/** Between two lines in the file, in ms: as often as a run is saved. */
const BETWEEN = 60_000;

/**
 * Begins a part of a run.
 *
 * @param path of the file that holds the times of earlier parts. Default: there were none, and none come
 * @param now a clock, in ms
 */
export async function startStopwatch(
  path: string | undefined,
  now: () => number = () => performance.now(),
): Promise<Stopwatch> {
  const lines = path === undefined ? [] : await readJsonLines<Part>(path, PART);
  // A part's last line tells how far it got.
  const earlier = [...new Map(lines.map((line) => [line.part, line])).values()];
  const began = now();
  let [sparsified, kept] = [0, began];
  const own = (): Part => ({
    part: earlier.length,
    seconds: (now() - began) / 1000,
    sparsifySeconds: sparsified / 1000,
  });
  return {
    async sparsify(work) {
      const start = now();
      await work();
      sparsified += now() - start;
    },
    keptBy: (progress) => ({
      start: (title, total) => progress.start(title, total),
      async step(done, note) {
        if (path !== undefined && now() - kept >= BETWEEN) {
          kept = now();
          await appendJsonLine(path, own());
        }
        await progress.step(done, note);
      },
      close: (note) => progress.close(note),
    }),
    times() {
      const parts = [...earlier, own()];
      return {
        seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
        sparsifySeconds: parts.reduce((sum, { sparsifySeconds }) => sum + sparsifySeconds, 0),
      };
    },
  };
}
