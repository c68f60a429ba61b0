import assert from "node:assert/strict";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { bicubic, scoreOf, superresData } from "../../../lib/superres/data.ts";
import { presetNamed, run, unit } from "../../../lib/experiment/mod.ts";
import { decodeSparse } from "../../../lib/sparse/pack/load_sparse.ts";
import { kinds, unitsOf } from "../../../lib/papers/iss_p/experiment.ts";
import { pruneAndTest } from "../../../lib/papers/iss_p/structured.ts";
import { PRESETS, runsOf, type SuperresPreset } from "../../../lib/papers/iss_p/presets.ts";
import { pairedDifferences, summaries } from "../../../lib/papers/iss_p/summary.ts";
import { type Row, type RunSpec, trainAndTest, twoStages } from "../../../lib/papers/iss_p/train_and_test.ts";
import { dataFile } from "../../data.ts";
import { tagged } from "../../tags.ts";

const SPEC: RunSpec = {
  method: "iss-p",
  sparsity: 0.9,
  seed: 0,
  network: "edsr-tiny",
  data: { train: ["procedural"], test: "procedural", scale: 2 },
  pruningSteps: 4,
  steps: 6,
  rate: 2e-3,
  batchSize: 2,
  patch: 8,
};

/** What must be the same when a run is repeated: all but times. */
const timeless = ({ seconds: _, sparsifySeconds: __, ...row }: Row) => row;

/** A small experiment of all kinds. */
const SMALL: SuperresPreset = {
  about: "a test",
  base: SPEC,
  seeds: [0],
  contests: [
    { methods: [{ method: "iss-p" }, { method: "one-shot" }, { method: "structured" }], sparsities: [0.9] },
    { methods: [{ method: "dense" }], sparsities: [0] },
  ],
  latencyRuns: 1,
  workers: 2,
};

Deno.test(tagged("units give the rows and networks of runs in this process", "slow"), async () => {
  const store = await Deno.makeTempDir();
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const units = unitsOf(SMALL, { seed: 0 });
    const layer = unit(units.layer.kind, { sparsities: [0, 0.9], runs: 4 });
    const asked = [...units.all.filter((unit) => unit !== units.layer), layer];
    const results = await run({ units: asked, store, workers: 2, engine: "native" });
    assert.deepEqual(results.failures, []);
    const data = await superresData({ ...SPEC.data, space: "luma" });
    for (const unit of units.runs) {
      const train = unit.spec.method === "structured" ? pruneAndTest : trainAndTest;
      const { row, model, masks } = await train(unit.spec, { data, runtime });
      assert.deepEqual(timeless(results.rowsOf(unit)[0]!), JSON.parse(JSON.stringify(timeless(row))));
      const kept = await results.product(unit);
      if (masks) {
        const { model: stored, masks: which } = decodeSparse(kept);
        assert.deepEqual([stored.toOnnx(), which], [model.toOnnx(), masks]);
      } else assert.deepEqual(kept, model.toOnnx());
    }
    const [soft, , , dense] = units.runs.map((unit) => results.rowsOf(unit)[0]!);
    assert.equal(soft!.kept, 956);
    assert.ok(Math.abs(soft!.zerosOfAll - (9612 - 956) / 9712) < 1e-12);
    // After so few steps it is the bicubic image and a little more or less.
    const [start] = results.rowsOf(units.bicubic);
    const { sets, mean, pictures: images } = start!;
    assert.deepEqual({ mean, images }, await scoreOf(data, bicubic(2)));
    assert.deepEqual(sets.map(({ psnr }) => psnr), [mean]);
    assert.ok(Math.abs(soft!.afterCut! - start!.mean) < 3, `${soft!.afterCut} dB after the cut`);
    assert.equal(soft!.log.at(-1)!.step, 6);
    assert.deepEqual([dense!.kept, dense!.turnover], [0, 0]);
    assert.equal(units.example, units.runs[0]);
    for (const timing of [units.latencies, layer]) {
      for (const { median, low, high } of results.rowsOf(timing)) {
        assert.ok(0 < low && low <= median && median <= high);
      }
    }
    const again = await run({ units: asked, store, workers: 2, engine: "native" });
    assert.deepEqual([again.computed, again.rows], [0, results.rows]);
  } finally {
    await runtime.close();
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("a run that is refused says so, and leaves those beside it their rows", async () => {
  const store = await Deno.makeTempDir();
  try {
    const [kind] = kinds;
    const units = [unit(kind!, { ...SPEC, pruningSteps: 99 }), unit(kind!, SPEC)];
    const { rows, failures } = await run({ units, store, workers: 1 });
    assert.equal(rows.length, 1);
    assert.match(
      failures[0]!.error,
      /^Cannot prune by issP.*learning the structure takes 99 steps, but the run has 6$/,
    );
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("enlargements by 2 and by 4, and on other images, are other units", async () => {
  const store = await Deno.makeTempDir();
  try {
    const spec = (scale: number) => ({ test: "procedural", scale, space: "luma" });
    const bicubic = kinds.find(({ name }) => name === "iss_p/bicubic")!;
    const units = [2, 4].map((scale) => unit(bicubic, spec(scale)));
    const { rows, computed } = await run({ units, store, workers: 1 });
    assert.equal(computed, 2);
    assert.notDeepEqual(rows[0], rows[1]);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("textures stand in for the test images where the leader finds none, and its units say so", async () => {
  const folder = await Deno.makeTempDir();
  const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
  const tested = () => {
    const { data, runs, bicubic } = unitsOf(PRESETS.quick, { seed: 0 });
    for (const { spec } of runs) assert.equal(spec.data.test, data.test);
    return [data.test, bicubic.kind.data!(bicubic.spec)];
  };
  try {
    for (const [name] of before) Deno.env.set(name, folder);
    assert.deepEqual(tested(), ["procedural", []]);
    await Deno.mkdir(`${folder}/sr/benchmark/Set5`, { recursive: true });
    assert.deepEqual(tested(), ["Set5", ["sr/benchmark/Set5"]]);
    // What to train on is never other images.
    const { runs: [first] } = unitsOf(PRESETS.laptop, { seed: 0 });
    assert.throws(() => first!.kind.data!(first!.spec), /^NotFoundError: Cannot find T91: looked for/);
    await assert.rejects(superresData({ train: ["procedural"], test: "Set14", scale: 2, space: "luma" }), {
      message: /^Cannot find Set14: looked for/,
    });
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a run that was stopped goes on, its log included", async () => {
  const folder = await Deno.makeTempDir();
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const data = await superresData({ ...SPEC.data, space: "luma" });
    const abort = new AbortController();
    const progress = {
      start: () => {},
      step: (done: number) => done === 5 ? abort.abort(new Error("enough")) : undefined,
      close: () => {},
    };
    const options = { data: { ...data, test: data.test.slice(0, 1) }, runtime };
    await assert.rejects(
      trainAndTest(SPEC, { ...options, checkpoints: folder, progress, signal: abort.signal, logPoints: 3 }),
      { message: "enough" },
    );
    const [resumed, whole] = [
      await trainAndTest(SPEC, { ...options, checkpoints: folder, logPoints: 3 }),
      await trainAndTest(SPEC, { ...options, logPoints: 3 }),
    ];
    assert.deepEqual(resumed.row.log.map(({ step }) => step), [2, 4, 6]);
    assert.deepEqual(timeless(resumed.row), timeless(whole.row));
    assert.deepEqual(resumed.model.toOnnx(), whole.model.toOnnx());
  } finally {
    await runtime.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the schedule is constant, then half a cosine", () => {
  const rates = [0, 699, 700, 850, 999].map((step) => twoStages(2e-3, 700)(step, 1000));
  assert.deepEqual(rates.map((rate) => rate.toFixed(6)), [
    "0.002000",
    "0.002000",
    "0.002000",
    "0.001000",
    "0.000000",
  ]);
});

Deno.test({
  name: "bicubic interpolation scores on Set5 what an independent implementation measured",
  ignore: !dataFile("sr/Set5"),
  async fn() {
    const data = await superresData({ ...SPEC.data, test: "Set5", space: "luma" });
    assert.deepEqual([data.testName, data.test.length], ["Set5", 5]);
    const { mean, images } = await scoreOf(data, bicubic(2));
    assert.equal(mean.toFixed(3), "33.637");
    assert.deepEqual(Object.keys(images), ["baby", "bird", "butterfly", "head", "woman"]);
  },
});

Deno.test("presets are runs that differ, and another seed is other runs", () => {
  for (const name of Object.keys(PRESETS)) {
    const preset = presetNamed<SuperresPreset>(PRESETS, name);
    const runs = [...runsOf(preset), ...runsOf(preset, { seed: 100 })];
    assert.equal(new Set(runs.map((spec) => JSON.stringify(spec))).size, runs.length);
  }
});

Deno.test("summaries and differences are plain arithmetic", () => {
  const row = (method: Row["method"], seed: number, psnr: number, alpha?: number): Row => ({
    ...SPEC,
    method,
    seed,
    ...alpha !== undefined && { alpha },
    trained: "",
    tested: "",
    psnr,
    pictures: {},
    sets: [{ set: "Set5", psnr, ssim: psnr / 40 }],
    kept: 956,
    zerosOfPruned: 0.9,
    zerosOfAll: 0.89,
    turnover: 0.5,
    gradient: 1,
    seconds: 1,
    sparsifySeconds: 0,
    log: [],
  });
  const rows = [
    row("iss-p", 0, 35, 0.99),
    row("iss-p", 1, 35.2, 0.99),
    row("one-shot", 0, 34.9),
    row("one-shot", 1, 34.7),
  ];
  const [soft, shot] = summaries(rows);
  assert.deepEqual([soft!.label, soft!.seeds, shot!.psnr.toFixed(3)], ["ISS-P, α 0.99", 2, "34.800"]);
  assert.equal(soft!.deviation.toFixed(6), (0.1 * Math.SQRT2).toFixed(6));
  assert.deepEqual(pairedDifferences(rows, "one-shot").map(({ gain }) => gain.toFixed(3)), [
    "0.100",
    "0.500",
  ]);
});

Deno.test("the small network has as many weights as its description says", () => {
  const sizes = [...edsrTiny().graph.initializers].filter(([name]) => name.endsWith(".weight"))
    .map(([, tensor]) => (tensor as Tensor).data.length);
  assert.deepEqual([sizes.length, sizes.reduce((a, b) => a + b)], [9, 9612]);
});
