import assert from "node:assert/strict";
import { claims, firstInCrops, meaning } from "../../../lib/papers/iss_p/claims.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Outcome, Verdict } from "../../../lib/statistics/verdict.ts";
import { evidence, FALSE, TRUE, type World } from "./world.ts";
import { fewerRows } from "../fewer_rows.ts";

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
  assert.match(sentence, /^−1\.20 dB over 3 regions \(deviation 0\.10\)/);
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

Deno.test("a run that failed leaves the other verdicts, and takes itself out of its own", () => {
  for (const less of fewerRows(evidence(TRUE, [0, 1, 2]))) claims(less);
});
