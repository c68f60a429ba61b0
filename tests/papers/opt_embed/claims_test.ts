import assert from "node:assert/strict";
import { claims, meaning, thresholdAlone } from "../../../lib/papers/opt_embed/claims.ts";
import type { Evidence } from "../../../lib/papers/opt_embed/evidence.ts";
import { PRESETS } from "../../../lib/papers/opt_embed/presets.ts";
import type { RunRow } from "../../../lib/papers/opt_embed/run.ts";
import type { TruthCounts } from "../../../lib/papers/opt_embed/data.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import { fewerRows } from "../fewer_rows.ts";

const counts = (kept: Partial<Record<keyof TruthCounts, number>>): TruthCounts => {
  const of = { live: 156, dead: 120, "linear-only": 24, rare: 400, noise: 330 };
  return Object.fromEntries(
    Object.entries(of).map(([name, count]) => [name, { kept: kept[name as keyof TruthCounts] ?? 0, count }]),
  ) as TruthCounts;
};

const BYTES = { tables: 5000, maps: 4000, firstOrder: 4000, rest: 400, file: 20_000 };

/** A world in which the method does, or does not do, what is claimed of it. */
function world(good: boolean, seeds: readonly number[]): Evidence {
  const { base } = PRESETS.quick;
  const sign = good ? 1 : -1;
  const wiggle = (seed: number) => 0.0001 * Math.sin(seed);
  const best = {
    dimensions: good ? [8, 8, 8, 8, 4, 4, 1, 1, 1, 1] : [1, 1, 1, 1, 4, 4, 8, 8, 8, 8],
    auc: 0.8,
    share: 0.1,
  };
  const run = (method: RunRow["method"], seed: number, auc: number): RunRow => ({
    method,
    seed,
    network: "FM",
    auc: auc + wiggle(seed + method.length),
    logLoss: 0.5,
    bayes: { auc: good ? 0.85 : 0.78, logLoss: 0.45 },
    sparsity: (good ? 0.86 : 0.5) + wiggle(seed),
    rows: { kept: 200, count: 1030 },
    fields: "a b c d e f g h n0 n1".split(" ").map((name) => ({ name, size: 100, rows: 20, width: 4 })),
    truth: counts(
      good
        ? { live: 145 + seed, dead: 30, noise: 12 + seed }
        : { live: 90 + seed, dead: 100, rare: 300 - seed, noise: 200 + seed },
    ),
    byFrequency: [],
    bytes: { ...BYTES, file: good ? 6000 : 45_000 },
    wholeBytes: { ...BYTES, file: 38_000 },
    difference: { probability: good ? 1e-7 : 1e-3, logit: 1e-6 },
    epochs: 10,
    supernet: {
      best: 790,
      log: [790].map((step) => ({
        step,
        thresholds: [thresholdAlone(0.1, 0.01, step) + (good ? 0.01 : 0.3) + wiggle(seed)],
        norms: [0, 0, 1],
        rows: [],
      })),
    },
    search: { best, history: [] },
    seconds: 1,
  });
  return {
    base,
    runs: seeds.flatMap((seed) => [
      run("plain", seed, 0.81),
      run("OptEmbed", seed, 0.81 + sign * 0.005),
      run("OptEmbed-E", seed, 0.81 + sign * 0.002),
      run("OptEmbed-D", seed, 0.81 + sign * 0.003),
      run("frequency", seed, good ? 0.77 : 0.815),
    ]),
    real: [],
    controls: seeds.map((seed) => ({
      control: "no L2",
      seed,
      auc: 0.8,
      rows: { kept: 800, count: 1030 },
      truth: counts({ rare: good ? 360 + seed : 300 + seed }),
    })),
    recency: seeds.flatMap((seed) =>
      [0, 300].map((step) => ({
        decays: true,
        seed,
        step,
        withheld: step === 0 || !good ? 1 : 0.01 * seed,
        seen: 1 - 0.001 * seed,
      }))
    ),
    searches: seeds.flatMap((seed) =>
      (["as described", "as released", "at random"] as const).map((way) => ({
        way,
        seed,
        auc: 0.8 + wiggle(seed + way.length) / 100 +
          (way === "at random" ? 0 : way === "as described" ? sign * 0.001 : -sign * 0.001),
        best: 0.8,
        evaluations: 600,
        history: [],
      }))
    ),
    easy: [{
      log: "Criteo",
      fields: 39,
      described: seeds.map((seed) => 0.9 + wiggle(seed)),
      released: seeds.map((seed) => (good ? 0.78 : 0.85) + wiggle(seed + 3)),
      releasedBest: seeds.map(() => 0.83),
      random: seeds.map((seed) => (good ? 0.79 : 0.78) + wiggle(seed + 1)),
    }],
    latencies: [
      { method: "plain", runs: [390, 400, 420], median: 400, low: 390, high: 420 },
      {
        ...{ method: "OptEmbed", low: 290, high: 500, median: good ? 300 : 480 },
        runs: [390, 400, 420].map((time, i) => time * (good ? 0.75 : 1.2) + i),
      },
    ],
  };
}

const outcomes = (evidence: Evidence) => {
  const { paper, ours } = claims(evidence);
  return Object.fromEntries(
    Object.entries({ ...paper, ...ours }).map(([name, { outcome }]) => [name, outcome]),
  );
};

Deno.test("every claim holds where the rows bear it out, and none where they speak against it", () => {
  const good = outcomes(world(true, [0, 1, 2, 3]));
  const bad = outcomes(world(false, [0, 1, 2, 3]));
  for (const name of Object.keys(good)) {
    assert.equal(good[name], "holds", name);
    assert.equal(bad[name], "does not hold", name);
  }
});

Deno.test("one seed decides nothing but counts", () => {
  const found = outcomes(world(true, [1]));
  const counted = Object.keys(found).filter((name) => found[name] !== "not decided with so few seeds");
  assert.deepEqual(counted.sort(), ["equal", "time"]);
});

Deno.test("each verdict that means something has a sentence for each way it could have gone", () => {
  for (const good of [true, false]) {
    for (const seeds of [[0, 1, 2], [1]]) {
      assert.ok(findings(meaning(claims(world(good, seeds)))));
    }
  }
});

Deno.test("a threshold alone goes where SGD takes it", () => {
  const [rate, alpha] = [0.1, 0.01];
  let t = 0;
  for (let step = 0; step < 948; step++) t += rate * alpha * Math.exp(-t);
  assert.ok(Math.abs(t - thresholdAlone(rate, alpha, 948)) < 1e-3);
});

Deno.test("a run that failed leaves the other verdicts, and takes itself out of its own", () => {
  for (const less of fewerRows(world(true, [0, 1, 2]))) claims(less);
});

Deno.test("what stays without L2 is counted among the rare rows that go with it", () => {
  const all = world(true, [0, 1, 2]);
  // 100 of 400 stay with L2, 250 without: half of the 300 that go.
  const kept = (truth: TruthCounts, kept: number) => ({ ...truth, rare: { ...truth.rare, kept } });
  const runs = all.runs.map((run) => ({ ...run, truth: kept(run.truth, 100) }));
  const controls = all.controls.map((row) => ({ ...row, truth: kept(row.truth, 250) }));
  assert.equal(claims({ ...all, runs, controls }).ours.decay.effect, 50);
  // Where none goes there is nothing that could stay.
  const whole = all.runs.map((run) => ({ ...run, truth: kept(run.truth, 400) }));
  assert.equal(claims({ ...all, runs: whole, controls }).ours.decay.seeds, 0);
});
