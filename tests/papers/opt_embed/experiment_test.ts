import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { claims } from "../../../lib/papers/opt_embed/claims.ts";
import { bayesScore, logOf } from "../../../lib/papers/opt_embed/data.ts";
import { evidenceOf } from "../../../lib/papers/opt_embed/evidence.ts";
import { kinds, unitsOf } from "../../../lib/papers/opt_embed/experiment.ts";
import * as figures from "../../../lib/papers/opt_embed/figures.ts";
import { METHODS } from "../../../lib/papers/opt_embed/methods.ts";
import { type OptEmbedPreset, PRESETS } from "../../../lib/papers/opt_embed/presets.ts";
import { realSummaries } from "../../../lib/papers/opt_embed/summary.ts";
import { dataFile } from "../../data.ts";
import { inFolder } from "../../in_folder.ts";
import { PAPER_RESULTS, PAPER_SETTINGS } from "../../../lib/papers/opt_embed/published.ts";

/** A small experiment of all kinds. */
const SMALL: OptEmbedPreset = {
  about: "a test",
  base: {
    ...PRESETS.quick.base,
    data: { source: "synthetic", scale: 1, rows: [4000, 1000, 1000] },
    features: 4,
    training: { batchSize: 400, rate: 1e-2, weightDecay: 1e-4, epochs: 2, patience: 1 },
    supernet: { weightDecay: 3e-4, epochs: 2, thresholdRate: 0.5, alpha: 0.05, generations: 2 },
  },
  contests: [
    { methods: ["frequency", "plain", "OptEmbed", "OptEmbed-E", "OptEmbed-D"], seeds: [0] },
    { methods: ["OptEmbed"], seeds: [1] },
  ],
  real: [],
  supernets: [0],
  controls: [{ control: "no L2", seeds: 1 }, { control: "lazy L2", seeds: 1 }, {
    control: "labels shuffled",
    seeds: 1,
  }],
  recencyEpochs: 1,
  latencyRuns: 2,
  workers: 2,
};

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

Deno.test("presets name methods that there are, and everyone who is told sizes runs beside OptEmbed", () => {
  assert.deepEqual(kinds.map(({ name }) => name.split("/")[0]), kinds.map(() => "opt_embed"));
  for (const preset of Object.values(PRESETS) as OptEmbedPreset[]) {
    for (const { methods } of preset.contests) {
      assert.ok(methods.every((method) => Object.hasOwn(METHODS, method)));
      assert.ok(methods.includes("OptEmbed"));
    }
    const units = unitsOf(preset, { seed: 3 });
    assert.ok(
      units.all.every(({ kind, spec }) => kind.label(spec).length > 0 && (kind.seconds?.(spec) ?? 0) > 0),
    );
  }
});

Deno.test("no cell of the paper's tables is filled from memory", () => {
  assert.equal(PAPER_RESULTS.source, null);
  for (const { auc, logLoss, sparsity } of PAPER_RESULTS.rows) {
    assert.deepEqual([auc, logLoss, sparsity], [null, null, null]);
  }
  assert.equal(PAPER_SETTINGS.rows.length, 12);
});

const sample = dataFile("ctr/avazu/avazu_9k_train.csv.gz");
Deno.test(
  "a log of the world goes through every step that a synthetic one does",
  { ignore: !sample },
  () =>
    inFolder(async (folder) => {
      const before = Deno.env.get("XDG_CACHE_HOME");
      Deno.env.set("XDG_CACHE_HOME", folder);
      try {
        const { base } = SMALL;
        const real = {
          ...{ log: "Avazu sample" as const, network: "FM" as const, hidden: [], features: 4 },
          ...{ training: base.training, supernet: base.supernet, seeds: [3] },
          methods: ["frequency", "plain", "OptEmbed"] as const,
        };
        const units = unitsOf({ ...SMALL, real: [real] }, { seed: 0 });
        const options = { units: units.real, store: folder, workers: 1, engine: "native" } as const;
        const results = await run(options);
        assert.deepEqual(results.failures, []);
        const rows = units.real.flatMap((unit) => results.rowsOf(unit));
        assert.deepEqual(rows.map(({ method, seed }) => [method, seed]), [
          ["plain", 3],
          ["OptEmbed", 3],
          ["frequency", 3],
        ]);
        const [plain, small, frequent] = rows;
        assert.equal(plain!.sparsity, 0);
        assert.ok(
          small!.sparsity > 0 && small!.bytes < plain!.bytes && frequent!.rows.kept === small!.rows.kept,
        );
        for (const { auc, logLoss } of rows) {
          assert.ok(auc > 0.5 && auc < 0.9 && logLoss < 1, `${auc} ${logLoss}`);
        }
        assert.equal(realSummaries(rows).length, 3);
      } finally {
        if (before === undefined) {
          Deno.env.delete("XDG_CACHE_HOME");
        } else Deno.env.set("XDG_CACHE_HOME", before);
      }
    }),
);
