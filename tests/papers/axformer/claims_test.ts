import assert from "node:assert/strict";
import { beatsChance, beatsMajority, claims, meaning } from "../../../lib/papers/axformer/claims.ts";
import { PLANTS, without } from "../../../lib/papers/axformer/planted.ts";
import { PUBLISHED_TASKS, WNLI_DEV } from "../../../lib/papers/axformer/published.ts";
import { type RuleName, RULES } from "../../../lib/papers/axformer/rules.ts";
import type { SearchRow } from "../../../lib/papers/axformer/search_and_test.ts";
import type { Gone, SpeedRow } from "../../../lib/papers/axformer/speed.ts";
import { summaries } from "../../../lib/papers/axformer/summary.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Verdict } from "../../../lib/statistics/verdict.ts";

/** What each rule gets: loss as a multiple of the clean one, points of accuracy over the harmed network. */
interface World {
  ratio: Partial<Record<RuleName, number>>;
  gain: number;
  gone: number;
  passes: number;
  difference: number;
  faster: Record<Gone, number>;
}

const NAMES: readonly RuleName[] = ["released", "no-gate", "better"];

function evidence(world: World) {
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

const TRUE: World = {
  ratio: { released: 1, "no-gate": 1, better: 0.9 },
  gain: 10,
  gone: 0.3,
  passes: 100,
  difference: 1e-6,
  faster: faster(2, 1.1),
};

const FALSE: World = {
  ratio: { released: 1.5, "no-gate": 1.5, better: 1.6 },
  gain: -5,
  gone: -0.1,
  passes: 300,
  difference: 1e-4,
  faster: faster(1.2, 0.7),
};

/** Claims that no run changes: they are about published numbers. */
const PUBLISHED = new Set(["wnli", "rte"]);

Deno.test("Claims hold in a world where they are true, and do not where they are false", () => {
  for (const [world, outcome] of [[TRUE, "holds"], [FALSE, "does not hold"]] as const) {
    const { paper, ours } = claims(evidence(world));
    for (const [name, judged] of Object.entries({ ...paper, ...ours }) as [string, Verdict][]) {
      if (PUBLISHED.has(name)) continue;
      // Where the released rule finds all harm, a better one cannot find more; where none finds any, neither.
      if (name === "more") continue;
      assert.equal(judged.outcome, outcome, `${name}: ${judged.sentence}`);
    }
    const text = String(findings(meaning(claims(evidence(world)))));
    assert.ok(text.length > 0);
  }
});

Deno.test("The better rule finds more where the released one does not", () => {
  const { ours } = claims(evidence({ ...TRUE, ratio: { ...TRUE.ratio, released: 1.5 } }));
  assert.equal(ours.more.outcome, "holds");
  assert.equal(ours.more.effect, 4);
  assert.equal(claims(evidence(TRUE)).ours.more.outcome, "does not hold");
  assert.equal(claims(evidence(FALSE)).ours.more.outcome, "does not hold");
});

Deno.test("WNLI's published gain is the majority's answer, and RTE's is within what chance gives", () => {
  const { after } = PUBLISHED_TASKS.rows.find(({ task, part }) => task === "WNLI" && part === "dev")!;
  assert.equal((100 * WNLI_DEV.majority / WNLI_DEV.examples).toFixed(2), after.toFixed(2));
  assert.equal(beatsMajority().outcome, "does not hold");
  assert.equal(beatsChance().outcome, "does not hold");
  assert.equal(beatsChance().threshold, 5.7);
});

Deno.test("Summaries count what was found, rule by rule in their order, without the networks with all harm", () => {
  const rows = summaries(evidence({ ...TRUE, ratio: { ...TRUE.ratio, released: 1.5 } }).searches);
  assert.deepEqual(rows.map(({ rule }) => rule), NAMES);
  assert.deepEqual(rows.map(({ recovered, networks }) => [recovered, networks]), [[0, 12], [12, 12], [
    12,
    12,
  ]]);
  assert.deepEqual(rows.map(({ hard }) => hard), [12, 12, 0]);
  assert.deepEqual(rows[2]!.passes, [100, 102]);
  assert.deepEqual(Object.keys(RULES).filter((name) => NAMES.includes(name as RuleName)), NAMES);
});
