import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { claims } from "../../../lib/papers/opt_embed/claims.ts";
import { bayesScore, logOf } from "../../../lib/papers/opt_embed/data.ts";
import { evidenceOf } from "../../../lib/papers/opt_embed/evidence.ts";
import { unitsOf } from "../../../lib/papers/opt_embed/experiment.ts";
import * as figures from "../../../lib/papers/opt_embed/figures.ts";
import { SMALL } from "./small.ts";

Deno.test("a small experiment of all kinds gives rows, verdicts and figures, and comes from the store again", async () => {
  const store = await Deno.makeTempDir();
  try {
    const units = unitsOf(SMALL, { seed: 0 });
    const options = { units: units.all, store, workers: 2, engine: "native" } as const;
    const results = await run(options);
    assert.deepEqual(results.failures, []);
    const evidence = evidenceOf(units, results);
    const { runs, searches, recency, controls, latencies } = evidence;
    assert.equal(runs.length, 6);
    const of = (method: string) => runs.find((row) => row.method === method)!;
    assert.equal(of("plain").sparsity, 0);
    assert.equal(
      of("frequency").rows.kept,
      of("OptEmbed").rows.kept,
      "frequency is told how many rows to keep",
    );
    assert.deepEqual(of("OptEmbed-E").fields.map(({ width }) => width), Array.from({ length: 10 }, () => 4));
    assert.equal(of("OptEmbed-D").rows.kept, 1030);
    for (const { difference, bayes } of runs) assert.ok(difference.probability < 1e-6 && bayes.auc > 0.75);
    const log = logOf(SMALL.base.data, 0);
    assert.deepEqual(of("plain").bayes, bayesScore(log));
    assert.ok(
      decodeModel(await results.product(units.example, "compact.onnx")).graph.outputs.includes("probability"),
    );
    const described = searches.find(({ way }) => way === "as described")!;
    assert.equal(described.auc, of("OptEmbed").search!.best.auc, "the unit searches the run's own supernet");
    assert.equal(searches.filter(({ way }) => way === "profile").length, 20);
    assert.deepEqual(recency.map(({ step }) => step > 0), [false, true, false, true]);
    assert.equal(controls.length, 3);
    assert.ok(latencies.every(({ median, low, high }) => 0 < low && low <= median && median <= high));
    assert.ok(latencies.every(({ runs }) => runs.length === SMALL.latencyRuns));
    claims(evidence);
    const source = "a test";
    for (
      const figure of [
        figures.aucAgainstSparsity(runs, { source }),
        figures.gainOverPlain(runs, { source }),
        figures.keptByFieldSize(runs, { source }),
        figures.keptByFrequencyFigure(runs, { source }),
        figures.dimensionsFigure(runs, { source }),
        figures.searchFigure(searches, { source }),
        figures.searchGains(searches, { source }),
        figures.thresholdsFigure(of("OptEmbed"), { source, base: evidence.base }),
        figures.truthFigure(runs, controls, { source }),
        figures.recencyFigure(recency, { source }),
        figures.profileFigure(searches, { source }),
        figures.bytesFigure(runs, latencies, { source }),
      ]
    ) assert.match(figure.svg, /^<svg/);
    const again = await run(options);
    assert.deepEqual([again.computed, again.rows], [0, results.rows]);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
