import { PLANTS, without } from "../../../lib/papers/axformer/planted.ts";
import type { Evidence } from "../../../lib/papers/axformer/claims.ts";
import type { RuleName } from "../../../lib/papers/axformer/rules.ts";
import type { SearchRow } from "../../../lib/papers/axformer/search_and_test.ts";
import type { Gone, SpeedRow } from "../../../lib/papers/axformer/speed.ts";

/** What each rule gets: loss as a multiple of the clean one, points of accuracy over the harmed network. */
export interface World {
  ratio: Partial<Record<RuleName, number>>;
  gain: number;
  gone: number;
  passes: number;
  difference: number;
  faster: Record<Gone, number>;
}

/** Rules that search. */
export const NAMES: readonly RuleName[] = ["released", "no-gate", "better"];

/** Rows of a world. */
export function evidence(world: World): Evidence {
  const row = (rule: RuleName, plant: SearchRow["plant"], seed: number): SearchRow => ({
    examples: 1,
    epochs: 1,
    validation: 600,
    plant,
    rule,
    seed,
    clean: 0.1 + 0.01 * seed,
    harmed: 0.3,
    scale: 1,
    cleanAccuracy: 0.95,
    harmedAccuracy: 0.85,
    loss: (0.1 + 0.01 * seed) * (world.ratio[rule] ?? 1) * (1 + 0.001 * Math.sin(seed + plant.length)),
    accuracy: 0.85 + world.gain / 100 + 0.001 * Math.sin(plant.length),
    passes: rule === "better" ? world.passes + seed : 20,
    configuration: without(rule === "better" ? [] : ["hard-attention.0"]),
    found: "itself",
    steps: [],
    seconds: 1,
    parameters: [1000, 1000 * (1 - world.gone)],
    difference: world.difference,
    alarm: false,
  });
  const time = { median: 1, p10: 1, p90: 1, gflops: undefined };
  const speed = Object.entries(world.faster).map(([gone, ratio]): SpeedRow => ({
    gone: gone as Gone,
    batch: 8,
    length: 128,
    before: time,
    after: time,
    ratio,
    interval: { low: ratio, high: ratio },
    ratios: [ratio - 0.01, ratio, ratio + 0.01],
    verdict: "faster",
  }));
  const searches = [0, 1, 2].flatMap((seed) =>
    [...PLANTS, "all" as const].flatMap((plant) => NAMES.map((rule) => row(rule, plant, seed)))
  );
  return { searches, speed };
}

const faster = (half: number, hard: number): World["faster"] => ({
  "half of heads and groups": half,
  "one block in two": 1,
  "nothing, hard attention": hard,
});

/** Where the claims are true. */
export const TRUE: World = {
  ratio: { released: 1, "no-gate": 1, better: 0.9 },
  gain: 10,
  gone: 0.3,
  passes: 100,
  difference: 1e-6,
  faster: faster(2, 1.1),
};

/** Where they are false. */
export const FALSE: World = {
  ratio: { released: 1.5, "no-gate": 1.5, better: 1.6 },
  gain: -5,
  gone: -0.1,
  passes: 300,
  difference: 1e-4,
  faster: faster(1.2, 0.7),
};
