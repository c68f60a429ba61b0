import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { thresholdAlone } from "../../../lib/papers/opt_embed/claims.ts";
import { unitsOf } from "../../../lib/papers/opt_embed/experiment.ts";
import { PRESETS } from "../../../lib/papers/opt_embed/presets.ts";
import { mean } from "../../../lib/statistics/describe.ts";
import { tagged } from "../../tags.ts";

// Fixed before the experiment ran, from an independent implementation of the small protocol, with room for other
// random streams.
Deno.test(tagged("on the small log, what was to be shown of OptEmbed is shown", "slow"), async () => {
  const units = unitsOf(PRESETS.quick, { seed: 0 });
  // From where notebooks keep their results, so that they are computed once.
  const results = await run({ units: [...units.runs, ...units.controls, ...units.searches] });
  assert.deepEqual(results.failures.map(({ error }) => error), []);
  const runs = units.runs.flatMap((unit) => results.rowsOf(unit));
  const controls = units.controls.flatMap((unit) => results.rowsOf(unit));
  const searches = units.searches.flatMap((unit) => results.rowsOf(unit));
  const { base } = PRESETS.quick;
  const of = (method: string) => runs.filter((row) => row.method === method);
  const kept = ({ kept, count }: { kept: number; count: number }) => kept / count;
  for (const { truth, rows, sparsity, supernet, seed } of of("OptEmbed")) {
    const where = `seed ${seed}`;
    assert.ok(kept(truth.rare) <= 0.05, `rare rows go, ${where}`);
    assert.ok(kept(truth.noise) <= 0.15, `rows of noise go, ${where}`);
    assert.ok(kept(truth.live) >= 0.85, `rows that matter stay, ${where}`);
    assert.ok(truth.live.kept / rows.kept >= 0.5, `half of what stays matters, ${where}`);
    assert.ok(sparsity >= 0.8, `four fifths of the table go, ${where}`);
    const { step, thresholds } = supernet!.log.find(({ step }) => step === supernet!.best)!;
    const alone = thresholdAlone(base.supernet.thresholdRate, base.supernet.alpha, step);
    for (const threshold of thresholds) assert.ok(Math.abs(threshold - alone) <= 0.1, where);
  }
  for (const { auc, bayes, difference, method, seed } of runs) {
    assert.ok(auc <= bayes.auc + 0.005, `${method} is not above the truth, seed ${seed}`);
    assert.ok(difference.probability <= 1e-6, `${method}'s small model is its masked one, seed ${seed}`);
  }
  const paired = (rival: string, value: "auc" | "logLoss") =>
    mean(
      of("OptEmbed").map((ours) => ours[value] - of(rival).find(({ seed }) => seed === ours.seed)![value]),
    );
  assert.ok(paired("plain", "auc") >= -0.002 && paired("plain", "logLoss") <= 0.002, "as good as the whole");
  assert.ok(paired("frequency", "auc") >= 0.015, "better than the most frequent rows");

  const needing = ["a", "b", "c", "d"], needless = ["g", "h", "n0", "n1"];
  const lengths = (names: readonly string[]) =>
    mean(
      of("OptEmbed").flatMap(({ search, fields }) =>
        search!.best.dimensions.filter((_, f) => names.includes(fields[f]!.name))
      ),
    );
  assert.ok(lengths(needing) - lengths(needless) >= 1.5, "fields with a true rank get more coordinates");
  for (const { way, shortened, best, auc, seed } of searches) {
    if (way !== "profile") continue;
    const { field, dimensions } = shortened!;
    const where = `${field} cut to ${dimensions}, seed ${seed}`;
    if (needing.includes(field) && dimensions === 1) assert.ok(best - auc >= 0.003, where);
    if (needless.includes(field)) assert.ok(Math.abs(best - auc) <= 0.002, where);
  }

  for (const { control, truth, rows, auc, seed } of controls) {
    const where = `${control}, seed ${seed}`;
    if (control === "no threshold term") assert.equal(rows.kept, rows.count, where);
    if (control === "no L2") assert.ok(kept(truth.rare) >= 0.5, where);
    if (control === "lazy L2") assert.ok(kept(truth.rare) >= 0.3, where);
    if (control === "labels shuffled") assert.ok(Math.abs(auc - 0.5) <= 0.02 && kept(rows) < 0.15, where);
  }
  assert.equal(new Set(controls.map(({ control }) => control)).size, 4);
});
