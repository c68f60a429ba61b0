import { withDefaults } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import { duration, type Progress, silent } from "../../progress.ts";
import { openRuntime } from "../../runtime/engines.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ChannelBlocks } from "./channel_blocks.ts";
import { channelGroups } from "../channel_groups.ts";
import { engineBlocks } from "./engine_blocks.ts";
import { type LatencyOptions, spread, type Times, timeSideBySide } from "./latency.ts";
import { type CostPlanOptions, latencyOf } from "../plan/options.ts";
import { planForCost } from "../plan/plan_for_cost.ts";
import { OutOfReachError } from "../plan/out_of_reach.ts";
import { prune } from "../prune.ts";
import { counted } from "../../amounts.ts";
import { type PlannedLatency, PruningPlan } from "../pruning_plan.ts";
import { stopSignal } from "../../stop.ts";

/** Settings of {@linkcode planForLatency}. */
export interface LatencyPlanOptions extends Omit<CostPlanOptions, "target"> {
  /** Fraction in (0, 1] of the original's median latency to keep, as measured here. */
  target: { latency: number };
  /** Engine, batch and number of runs. */
  measure?: LatencyOptions | undefined;
  /** Models to measure in search of the right one, in one kind of widths. Default 6. */
  trials?: number | undefined;
  /** Who is told how the search goes, once a model. Default: nobody. */
  progress?: Progress | undefined;
}

/** State of a search for a plan. */
interface Search {
  /** The plan that keeps so much of the MACs, in such widths. */
  planOf(macs: number, roundTo: Widths): PruningPlan;
  /** Latency of what a plan leaves, measured, as a part of the original's; `place` in the search's steps. */
  ratioOf(plan: PruningPlan, place: number): Promise<number>;
}

type Widths = number | ChannelBlocks;

/** Parts of the MACs that are too near to each other to look between. */
const CLOSE = 1 / 512;

/**
 * Plans for a measured latency: the largest model in MACs that was measured fast enough. Halves the range of
 * MACs between what is reachable and everything, in blocks of the engine's; then looks whether smaller blocks
 * keep more at that latency. What was chosen is measured once more, up to four times as long where rounds
 * scatter, and the plan tells what to expect. Measurements vary, so plans do.
 *
 * @throws RangeError where the target is no fraction in (0, 1], or even the smallest model is slower
 */
export async function planForLatency(model: Model, options: LatencyPlanOptions): Promise<PruningPlan> {
  const { target, measure = {}, trials = 6, progress = silent, ...rest } = options;
  const fraction = latencyOf(target);
  const whole = planForCost(model, { ...rest, target: { macs: 1 } });
  if (fraction === 1) return new PruningPlan({ ...whole, target });
  // One engine for all trials, opened here where none is given.
  const runtime = measure.runtime ?? await openRuntime(measure.engine ? { engine: measure.engine } : {});
  const signal = stopSignal(measure.signal);
  try {
    const widths = await widthsToTry(rest.roundTo, runtime, { progress, signal });
    // The last model takes twice as long.
    const steps = stepsOf(trials, widths.length) + 2;
    const start = performance.now();
    let measured = 0;
    const original = channelGroups(model).model;
    const settings = { ...withDefaults({ inputShapes: rest.inputShapes }, measure), runtime };
    /** Times the original and what a plan leaves, in turns. */
    const time = async (plan: PruningPlan, place: number, runs = measure.runs): Promise<Pair> => {
      signal?.throwIfAborted();
      const models = [original, prune(model, plan)];
      const pair = await timeSideBySide(models, { ...settings, runs }) as [Times, Times];
      const kept = (100 * plan.after.macs / plan.before.macs).toFixed(1);
      await progress.step(
        place,
        `${kept} % of MACs in widths of ${plan.multiple}: ${ratioOf(pair).toFixed(3)} of the latency`,
      );
      return pair;
    };
    await progress.start(`Looking for a model of ${Number(fraction.toPrecision(3))} of the latency`, steps);
    try {
      const found = await search(whole, { fraction, widths, trials }, {
        planOf: (macs, roundTo) => planForCost(model, { ...rest, roundTo, target: { macs } }),
        ratioOf: async (plan, place) => {
          const ratio = ratioOf(await time(plan, place));
          measured++;
          return ratio;
        },
      });
      const last = await untilSure(() => time(found, steps, 2 * (measure.runs ?? 20)));
      measured++;
      const latency = expected(last, measured, (performance.now() - start) / 1000);
      return new PruningPlan({ ...found, target: { latency: fraction }, latency });
    } finally {
      await progress.close(
        `${counted(measured, "model")} in ${duration((performance.now() - start) / 1000)}`,
      );
    }
  } finally {
    if (!measure.runtime) await runtime.close();
  }
}

/** Which widths to look among: those asked for, or blocks of the engine's and smaller ones. */
async function widthsToTry(
  roundTo: CostPlanOptions["roundTo"],
  runtime: Runtime,
  options: { progress: Progress; signal: AbortSignal | undefined },
): Promise<Widths[]> {
  if (roundTo !== undefined && roundTo !== "auto") return [roundTo];
  const blocks = await engineBlocks(runtime, options);
  const largest = Math.max(blocks.convolution, blocks.product);
  const smaller = [8, 4, 1].filter((size) => size < largest);
  return [blocks, ...smaller.map((size) => ({ convolution: size, product: size }))];
}

/** Steps of a search in so many kinds of widths: half as many in each kind but the first, as is usual. */
const stepsOf = (trials: number, kinds: number): number => trials + (kinds - 1) * Math.ceil(trials / 2);

/** Steps behind `begin` for so many models; those that are one too many do not go past `end`. */
const stepsBetween = (begin: number, end: number, models: number): number[] =>
  Array.from({ length: models }, (_, i) => Math.min(begin + 1 + i, end));

/** The plan that keeps the most MACs of those that were measured fast enough. */
async function search(
  whole: PruningPlan,
  { fraction, widths: [first, ...others], trials }: {
    fraction: number;
    widths: readonly Widths[];
    trials: number;
  },
  { planOf, ratioOf }: Search,
): Promise<PruningPlan> {
  /**
   * The largest that is fast enough, from one that is known to be, asked for by its part of the MACs.
   *
   * @param places those in the search's steps, one for each model to measure
   */
  const halve = async (known: PruningPlan, asked: number, widths: Widths, places: readonly number[]) => {
    let [best, low, high] = [known, asked, 1];
    const sizes = new Set([best.after.macs]);
    for (let trial = 0; trial < places.length && high - low > CLOSE;) {
      const middle = (low + high) / 2;
      const plan = planOf(middle, widths);
      // Wide steps: what is asked for leads to what was measured already.
      const seen = sizes.has(plan.after.macs);
      sizes.add(plan.after.macs);
      const fits = seen
        ? plan.after.macs <= best.after.macs
        : await ratioOf(plan, places[trial++]!) <= fraction;
      if (fits) low = middle;
      else high = middle;
      if (fits && !seen) best = plan;
    }
    return best;
  };
  // A hair above the bound, which rounding must not put out of reach.
  const macs = Math.min(1, whole.reachable.macs / whole.before.macs + 1e-9);
  const least = planOf(macs, first!);
  const ratio = await ratioOf(least, 1);
  if (ratio > fraction) {
    const kept = (100 * macs).toFixed(1);
    throw new OutOfReachError(
      [fraction, Number(ratio.toFixed(3))],
      (asked, least) =>
        `Cannot keep only ${asked} of latency: the smallest model, with ${kept} % of the MACs, was measured at ` +
        `${least}; ask for more than that`,
    );
  }
  let best = await halve(least, macs, first!, stepsBetween(1, trials, trials - 1));
  for (const [i, widths] of others.entries()) {
    const [begin, end] = [stepsOf(trials, 1 + i), stepsOf(trials, 2 + i)];
    const own = stepsBetween(begin, end, Math.max(1, trials - 1));
    // Only where they are as fast at as many MACs is there more to find.
    const share = best.after.macs / best.before.macs;
    const plan = planOf(share, widths);
    if (await ratioOf(plan, own[0]!) <= fraction) best = await halve(plan, share, widths, own.slice(1));
  }
  return best;
}

/** Times of the original and of what is left; one per round in both. */
type Pair = readonly [before: Times, after: Times];

/** What is left takes so much of the original's time, round by round. */
const partsOf = ([before, after]: Pair): number[] => after.times.map((time, i) => time / before.times[i]!);

const ratioOf = (pair: Pair): number => spread(partsOf(pair)).median;

/** Measurements that are put together at most. */
const MOST = 4;

/** Standard error of the median part, by itself, at which there are enough. */
const SURE = 0.02;

/** Measures again while rounds scatter so much that their median says little of what comes. */
async function untilSure(measure: () => Promise<Pair>): Promise<Pair> {
  let all = await measure();
  for (let count = 1; count < MOST && errorOf(partsOf(all)) > SURE; count++) {
    const more = await measure();
    all = [joined(all[0], more[0]), joined(all[1], more[1])];
  }
  return all;
}

const joined = (a: Times, b: Times): Times => ({ ...a, times: [...a.times, ...b.times] });

/**
 * Standard error of a median as a part of it, where numbers lie as in a bell curve: 1.253·σ/√n, and half of
 * them within 1.349·σ.
 */
function errorOf(numbers: readonly number[]): number {
  const { median, quartiles: [low, high] } = spread(numbers);
  return 1.253 * (high - low) / 1.349 / Math.sqrt(numbers.length) / median;
}

/** Summary of the last measurement: times before and after, and quartiles of their ratio. */
function expected(pair: Pair, trials: number, seconds: number): PlannedLatency {
  const told = ({ times, ...place }: Times) => ({ ...place, runs: times.length, ...spread(times) });
  const [before, after] = [told(pair[0]), told(pair[1])];
  const { median: ratio, quartiles } = spread(partsOf(pair));
  return { ratio, quartiles, before, after, trials, seconds };
}
