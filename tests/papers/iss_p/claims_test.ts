import assert from "node:assert/strict";
import { claims, firstInCrops, meaning } from "../../../lib/papers/iss_p/claims.ts";
import type { Evidence } from "../../../lib/papers/iss_p/evidence.ts";
import type { Row } from "../../../lib/papers/iss_p/train_and_test.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Outcome, Verdict } from "../../../lib/statistics/verdict.ts";

type Method = Row["method"];

/** What every method got, as a function of method and sparsity; seeds differ a little, in the same way for all. */
interface World {
  psnr: (method: Method, sparsity: number) => number;
  afterCut: Record<string, number>;
  turnover: Record<string, number>;
  gradient: Record<string, number>;
  /** Share of the time that zeros save. */
  saved: number;
  bytes: number;
}

const RIVALS: readonly Method[] = ["iss-p", "one-shot", "iht", "l1-at-init", "structured"];

function evidence(world: World, seeds: readonly number[]): Evidence {
  const row = (method: Method, sparsity: number, seed: number): Row => ({
    method,
    sparsity,
    ...method === "iss-p" && { alpha: 0.99 },
    seed,
    network: "edsr-tiny",
    data: { train: ["procedural"], test: "procedural", scale: 2 },
    pruningSteps: 700,
    steps: 1000,
    rate: 2e-3,
    batchSize: 8,
    patch: 16,
    trained: "",
    tested: "",
    // Seeds differ more than methods do; pairs of one seed differ by little.
    psnr: world.psnr(method, sparsity) + 0.1 * seed + 0.01 * Math.sin(seed + method.length),
    pictures: {},
    sets: [],
    afterCut: world.afterCut[method] ?? 30,
    kept: 956,
    zerosOfPruned: 0.9,
    zerosOfAll: 0.89,
    turnover: (world.turnover[method] ?? 0.5) + 0.001 * seed,
    gradient: (world.gradient[method] ?? 1) * (1 + 0.01 * seed),
    seconds: 1,
    sparsifySeconds: 0,
    log: [],
  });
  return {
    rows: seeds.flatMap((seed) =>
      [0.9, 0.95].flatMap((sparsity) => RIVALS.map((method) => row(method, sparsity, seed)))
    ),
    bicubic: 33,
    latency: [0, 0.5, 0.9, 0.99].map((sparsity, i) => ({
      series: "zeros, run densely",
      sparsity,
      median: sparsity ? 10 * (1 - world.saved) + 0.01 * i : 10,
      low: 9,
      high: 11,
    })),
    file: { sparse: world.bytes, onnx: 44_000, zeros: 0.9 },
  };
}

const TRUE: World = {
  psnr: (method, sparsity) =>
    method === "iss-p" ? 35 : 34.5 - (sparsity === 0.95 && method === "one-shot" ? 0.5 : 0),
  afterCut: { "iss-p": 34, "one-shot": 31 },
  turnover: { "iss-p": 0.5, iht: 0.3 },
  gradient: { "iss-p": 0.7, "one-shot": 1 },
  saved: 0.3,
  bytes: 4300,
};

const FALSE: World = {
  psnr: (method, sparsity) =>
    method === "iss-p" ? 32 : 32.5 + (sparsity === 0.95 && method === "one-shot" ? 0.5 : 0),
  afterCut: { "iss-p": 31, "one-shot": 34 },
  turnover: { "iss-p": 0.3, iht: 0.5 },
  gradient: { "iss-p": 1, "one-shot": 0.7 },
  saved: 0,
  bytes: 44_000,
};

/** Those that need no seeds: counts, times at several sparsities, published images. */
const SEEDLESS = new Set(["crops", "files", "time"]);

function outcomes(world: World, seeds: readonly number[]): Record<string, Outcome> {
  const { paper, ours } = claims(evidence(world, seeds));
  const all: Record<string, Verdict> = { ...paper, ...ours };
  return Object.fromEntries(Object.entries(all).map(([name, { outcome }]) => [name, outcome]));
}

Deno.test("every verdict on ISS-P flips with rows that say the opposite", () => {
  const [yes, no] = [outcomes(TRUE, [0, 1, 2]), outcomes(FALSE, [0, 1, 2])];
  assert.equal(Object.keys(yes).length, 13);
  for (const name of Object.keys(yes)) {
    assert.equal(yes[name], "holds", name);
    // The published images are what they are.
    if (name !== "crops") assert.equal(no[name], "does not hold", name);
  }
});

Deno.test("one seed decides nothing that seeds change, and a rival that did not run is not measured", () => {
  for (const world of [TRUE, FALSE]) {
    for (const [name, outcome] of Object.entries(outcomes(world, [0]))) {
      if (!SEEDLESS.has(name)) assert.equal(outcome, "not decided with so few seeds", name);
    }
  }
  const whole = evidence(TRUE, [0, 1, 2]);
  const { paper } = claims({ ...whole, rows: whole.rows.filter(({ method }) => method !== "l1-at-init") });
  assert.match(paper.firstWeights.sentence, /^nothing was measured here/);
});

Deno.test("the published crops are judged by the best rival in each region", () => {
  const crops = [1, 2, 3].flatMap((region) => [
    { region: `${region}`, method: "ISS-P", psnr: 20 },
    { region: `${region}`, method: "SRP", psnr: 21 + 0.1 * region },
    { region: `${region}`, method: "bicubic", psnr: 18 },
  ]);
  const { outcome, sentence } = firstInCrops(crops);
  assert.equal(outcome, "does not hold");
  assert.match(sentence, /^−1\.20 ± 0\.10 dB over 3 regions/);
});

Deno.test("only pairs with the same seed and the contest's α are compared", () => {
  const whole = evidence(TRUE, [0, 1, 2]);
  const other = whole.rows.filter(({ method }) => method === "iss-p").map((row) => ({
    ...row,
    alpha: 0.5,
    psnr: 0,
  }));
  const { ours } = claims({ ...whole, rows: [...whole.rows, ...other] });
  assert.deepEqual([ours.oneShot.seeds, ours.oneShot.outcome], [3, "holds"]);
  const unpaired = whole.rows.map((row) => row.method === "one-shot" ? { ...row, seed: row.seed + 9 } : row);
  assert.equal(claims({ ...whole, rows: unpaired }).ours.oneShot.seeds, 0);
});

Deno.test("what ISS-P's verdicts mean follows them", () => {
  const text = (world: World, seeds: readonly number[]) => {
    const shown = findings(meaning(claims(evidence(world, seeds))))[Symbol.for("Jupyter.display")]!();
    return (shown as Record<string, string>)["text/plain"]!;
  };
  const [yes, no, open] = [text(TRUE, [0, 1, 2]), text(FALSE, [0, 1, 2]), text(TRUE, [0])];
  assert.match(yes, /^✔ Learning which weights stay is worth something/);
  assert.match(no, /^✘ Here the first magnitudes choose as well/);
  assert.match(open, /^\? Whether learning the structure is worth anything/);
  assert.match(no, /✘ Whole channels give as much quality/);
});
