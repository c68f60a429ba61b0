import assert from "node:assert/strict";
import { claims, meaning } from "../../../lib/papers/tour/claims.ts";
import type { TourEvidence } from "../../../lib/papers/tour/evidence.ts";
import type { TourRow } from "../../../lib/papers/tour/prune_and_tune.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Outcome } from "../../../lib/statistics/verdict.ts";

/** Accuracies of both criteria after the same fine-tuning, what is left right after the cut, and the rest. */
interface World {
  norm: number;
  random: number;
  pruned: number;
  difference: number;
  /** Time of odd widths against that of multiples. */
  odd: number;
}

function evidence({ norm, random, pruned, difference, odd }: World, seeds: readonly number[]): TourEvidence {
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

const TRUE: World = { norm: 0.85, random: 0.75, pruned: 0.35, difference: 1e-5, odd: 1.2 };
const FALSE: World = { norm: 0.5, random: 0.6, pruned: 0.35, difference: 0.1, odd: 0.8 };

function outcomes(world: World, seeds: readonly number[]): Record<string, Outcome> {
  const all = Object.entries(claims(evidence(world, seeds)));
  return Object.fromEntries(all.map(([name, { outcome }]) => [name, outcome]));
}

Deno.test("every verdict of the tour flips with rows that say the opposite", () => {
  for (const outcome of Object.values(outcomes(TRUE, [0, 1, 2]))) assert.equal(outcome, "holds");
  for (const outcome of Object.values(outcomes(FALSE, [0, 1, 2]))) assert.equal(outcome, "does not hold");
});

Deno.test("one seed decides nothing that seeds change", () => {
  for (const world of [TRUE, FALSE]) {
    const { back, random } = outcomes(world, [0]);
    assert.deepEqual([back, random], Array(2).fill("not decided with so few seeds"));
  }
});

Deno.test("a random choice may win, and the tour says so", () => {
  const shown = findings(meaning(claims(evidence(FALSE, [0, 1, 2]))))[Symbol.for("Jupyter.display")]!();
  const text = (shown as Record<string, string>)["text/plain"]!;
  assert.match(text, /✘ At this size chance chooses as well as the norm/);
  assert.doesNotMatch(text, /worth more than chance/);
});

Deno.test("sizes are compared with sizes of the same arithmetic", () => {
  const { blocks } = claims(evidence(TRUE, [0]));
  assert.deepEqual([blocks.seeds, blocks.per], [3, "sizes"]);
  assert.ok(Math.abs(blocks.effect - 100 * (1 - 1 / 1.2)) < 0.5, `${blocks.effect}`);
});
