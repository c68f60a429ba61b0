import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { seededRandom } from "../../random.ts";
import { int64 } from "../../tensor/tensor.ts";
import type { MethodName } from "./methods.ts";

/** How long a thousand requests take. */
export interface LatencyRow {
  /** Method that made the model. */
  method: MethodName;
  /** Microseconds of each run; the runs of one place in the list, of all methods, followed on each other. */
  runs: readonly number[];
  /** Microseconds: the median of the runs. */
  median: number;
  /** The quarter of the runs that was fastest is below this. */
  low: number;
  /** The quarter of the runs that was slowest is above this. */
  high: number;
}

const REQUESTS = 1000;

/**
 * Times models on the same thousand requests, in turns: every other time in the opposite order, so that
 * nobody always comes behind the same one.
 */
export async function measureRequests(
  models: readonly { method: MethodName; model: Model }[],
  { sizes, runs, runtime }: { sizes: readonly number[]; runs: number; runtime: Runtime },
): Promise<LatencyRow[]> {
  const random = seededRandom(0, "requests");
  const ids = Array.from({ length: REQUESTS }, () => sizes.map((size) => random.integer(size))).flat();
  const feeds = { ids: int64(ids, [REQUESTS, sizes.length]) };
  const sessions = await Promise.all(models.map(({ model }) => runtime.session(model)));
  const order = [...sessions.entries()];
  const times = models.map((): number[] => []);
  try {
    for (let run = -3; run < runs; run++) {
      for (const [i, session] of run % 2 === 0 ? order : order.toReversed()) {
        const start = performance.now();
        await session.run(feeds);
        if (run >= 0) times[i]!.push(1000 * (performance.now() - start));
      }
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  return models.map(({ method }, i) => {
    const sorted = times[i]!.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!;
    return { method, runs: times[i]!, median: at(0.5), low: at(0.25), high: at(0.75) };
  });
}
