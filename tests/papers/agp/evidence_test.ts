import assert from "node:assert/strict";
import { evidenceOf, rowsWhere } from "../../../lib/papers/agp/evidence.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { evidence, TRUE } from "./world.ts";

Deno.test("rows of another order of the pool, or another price, are not taken for those of the main runs", () => {
  const rows = evidence(TRUE, [0, 1]).second;
  assert.equal(rowsWhere(rows, { labels: "exact" }).length, 2);
  assert.equal(rowsWhere([{ ...rows[0]!, tokenPrice: 0 }], { labels: "exact" }).length, 0);
});

Deno.test("evidence has the rows of its units, and the best fixed graph's utility; without baselines there is none", () => {
  const units = unitsOf(PRESETS.quick, { seed: 0 });
  const fixed = { name: "best fixed graph (A → B)", utility: 0.5 };
  const results = (baselines: readonly unknown[]) =>
    ({ rowsOf: (unit: unknown) => unit === units.baselines ? baselines : [unit] }) as never;
  const found = evidenceOf(units, results([{ name: "another", utility: 1 }, fixed]));
  assert.equal(found.bestFixed, 0.5);
  assert.deepEqual([found.second, found.prices], [units.trainings, units.prices] as unknown);
  assert.throws(() => evidenceOf(units, results([])), {
    message: "Cannot judge the teams: the baselines have no result; the run says why",
  });
});
