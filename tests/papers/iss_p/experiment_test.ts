import assert from "node:assert/strict";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { bicubic, scoreOf, superresData } from "../../../lib/superres/data.ts";
import { run, unit } from "../../../lib/experiment/mod.ts";
import { decodeSparse } from "../../../lib/sparse/pack/load_sparse.ts";
import { kinds, unitsOf } from "../../../lib/papers/iss_p/experiment.ts";
import { pruneAndTest } from "../../../lib/papers/iss_p/structured.ts";
import { PRESETS, type SuperresPreset } from "../../../lib/papers/iss_p/presets.ts";
import { trainAndTest } from "../../../lib/papers/iss_p/train_and_test.ts";
import { dataFile } from "../../data.ts";
import { tagged } from "../../tags.ts";
import { SPEC, timeless } from "./spec.ts";

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
    // Images that are looked at beside these are data, too.
    const { kind: { data: read }, spec } = unitsOf(PRESETS.quick, { seed: 0 }).runs[0]!;
    const looked = { ...spec, data: { ...spec.data, alsoTest: ["Set14"], validation: "BSD100" } } as const;
    assert.deepEqual(read!(spec), ["sr/benchmark/Set5"]);
    assert.throws(() => read!(looked), /^NotFoundError: Cannot find Set14: looked for/);
    for (const set of ["Set14", "B100"]) await Deno.mkdir(`${folder}/sr/benchmark/${set}`);
    assert.deepEqual(read!(looked), ["sr/benchmark/Set5", "sr/benchmark/Set14", "sr/benchmark/B100"]);
    const { data: { alsoTest }, bicubic } = unitsOf(PRESETS.laptop, { seed: 0 });
    assert.deepEqual(alsoTest, ["Set14", "BSD100"]);
    assert.deepEqual(bicubic.kind.data!(bicubic.spec), read!(looked));
    // What to train on is never other images.
    const { runs: [first] } = unitsOf(PRESETS.laptop, { seed: 0 });
    assert.throws(() => first!.kind.data!(first!.spec), /^NotFoundError: Cannot find T91: looked for/);
    await assert.rejects(superresData({ train: ["procedural"], test: "Manga109", scale: 2, space: "luma" }), {
      message: /^Cannot find Manga109: looked for/,
    });
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
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
