import type { TourEvidence } from "../../../lib/papers/tour/evidence.ts";
import type { TourRow } from "../../../lib/papers/tour/prune_and_tune.ts";

/** Accuracies of both criteria after the same fine-tuning, what is left right after the cut, and the rest. */
export interface World {
  norm: number;
  random: number;
  pruned: number;
  difference: number;
  /** Time of odd widths against that of multiples. */
  odd: number;
}

/** Rows of a world. */
export function evidence(
  { norm, random, pruned, difference, odd }: World,
  seeds: readonly number[],
): TourEvidence {
  const row = (criterion: TourRow["criterion"], target: number, seed: number, tuned: number): TourRow => ({
    criterion,
    target,
    macs: 100 * target,
    parameters: 1,
    bytes: 1,
    pruned,
    // Seeds differ; so do both criteria with one, and a little more.
    tuned: tuned + 0.02 * seed + 0.001 * Math.sin(seed + criterion.length),
    seconds: 1,
    seed,
  });
  const targets = [0.75, 0.5, 0.3];
  const time = (series: string, target: number, factor: number) => {
    const median = factor * (10 + 90 * target);
    return { series, macs: 100 * target, median, low: median, high: median };
  };
  return {
    cut: { images: 64, outputs: 10, difference, largest: 20 },
    rows: seeds.flatMap((seed) => [
      row("group-l2", 0.5, seed, norm),
      row("random", 0.5, seed, random),
      // Other sizes are not what is judged.
      row("group-l2", 0.3, seed, random),
      row("random", 0.3, seed, norm),
    ]),
    latencies: [
      time("unpruned", 1, 1),
      ...targets.map((target) => time("group-l2", target, 1)),
      ...targets.toReversed().map((target) => time("widths not rounded", target, odd + 0.01 * target)),
    ],
    intact: 0.93,
  };
}

/** Where the claims are true. */
export const TRUE: World = { norm: 0.85, random: 0.75, pruned: 0.35, difference: 1e-5, odd: 1.2 };
/** Where they are false. */
export const FALSE: World = { norm: 0.5, random: 0.6, pruned: 0.35, difference: 0.1, odd: 0.8 };
