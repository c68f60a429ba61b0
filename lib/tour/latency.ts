import { Tensor } from "../deps.ts";
import { countMacs } from "../onnx/count_macs.ts";
import type { Model } from "../onnx/model.ts";
import { planPruning } from "../prune/plan.ts";
import { prune } from "../prune/prune.ts";
import type { Progress } from "../progress.ts";
import type { Runtime, Session } from "../runtime/runtime.ts";
import type { TourRow } from "./experiment.ts";

/** One model's latency, in milliseconds: the median of its runs, and the middle half of them. */
export interface LatencyRow {
  series: string;
  macs: number;
  /** Absent for models that were only timed. */
  accuracy?: number;
  median: number;
  low: number;
  high: number;
}

/** Settings of {@linkcode measureAll}. */
export interface MeasureOptions {
  runtime: Runtime;
  /** Timed runs per model. */
  runs: number;
  /** Images per run. Default 64. */
  batch?: number;
  progress: Progress;
}

/**
 * Times the original, all pruned models, and for each target a model whose widths were not rounded, in turn: A B C A B
 * C …, so that whatever else the machine does hits all of them alike.
 */
export async function measureAll(
  model: Model,
  tuned: readonly TourRow[],
  { runtime, runs, batch = 64, progress }: MeasureOptions,
): Promise<{ baseline: number; rows: LatencyRow[] }> {
  const rows: (Omit<LatencyRow, "median" | "low" | "high"> & { model: Model })[] = [
    ...tuned.map((row) => ({ series: row.criterion, macs: row.macs, accuracy: row.tuned, model: row.model })),
    ...[...new Set(tuned.map(({ target }) => target))].map((target) => {
      // How long a model takes does not depend on its weights, so these need no training.
      const odd = prune(model, planPruning(model, { target: { macs: target }, criterion: "group-l2" }));
      return { series: "widths not rounded", macs: countMacs(odd).macs, model: odd };
    }),
  ];
  const models = [model, ...rows.map((row) => row.model)];
  const input = model.graph.inputs[0]!;
  const dims = [batch, 3, 32, 32];
  const size = dims.reduce((a, b) => a * b);
  const feeds = {
    [input]: new Tensor("float32", Float32Array.from({ length: size }, (_, i) => Math.sin(i)), dims),
  };
  const sessions: Session[] = [];
  const times: number[][] = models.map(() => []);
  await progress.start("Timing", runs);
  try {
    for (const one of models) sessions.push(await runtime.session(one));
    for (const session of sessions) await session.run(feeds); // warm up
    for (let run = 1; run <= runs; run++) {
      for (const [i, session] of sessions.entries()) {
        const start = performance.now();
        await session.run(feeds);
        times[i]!.push(performance.now() - start);
      }
      await progress.step(run);
    }
  } finally {
    await progress.close();
    for (const session of sessions) await session.release();
  }
  const [first, ...others] = times.map((list) => list.sort((a, b) => a - b));
  return {
    baseline: at(first!, 0.5),
    rows: rows.map(({ model: _, ...row }, i) => ({
      ...row,
      median: at(others[i]!, 0.5),
      low: at(others[i]!, 0.25),
      high: at(others[i]!, 0.75),
    })),
  };
}

/** The value below which a part of a sorted list lies. */
function at(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place % 1);
}
