import assert from "node:assert/strict";
import type { Tensor } from "../../../lib/deps.ts";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { bicubic, scoreOf, superresData } from "../../../lib/superres/data.ts";
import { keyOf, run, runHere } from "../../../lib/papers/iss_p/experiment.ts";
import { gate } from "../../../lib/papers/iss_p/gate.ts";
import { appendJsonLine, readJsonLines } from "../../../lib/json_lines.ts";
import { presetNamed, PRESETS, runsOf } from "../../../lib/papers/iss_p/presets.ts";
import { pairedDifferences, summaries } from "../../../lib/papers/iss_p/summary.ts";
import { type Row, type RunSpec, trainAndTest, twoStages } from "../../../lib/papers/iss_p/train_and_test.ts";
import { dataFile } from "../../data.ts";

const SPEC: RunSpec = {
  method: "iss-p",
  sparsity: 0.9,
  seed: 0,
  network: "edsr-tiny",
  data: { train: ["procedural"], test: "Set5", scale: 2 },
  pruningSteps: 4,
  steps: 6,
  rate: 2e-3,
  batchSize: 2,
  patch: 8,
};

/** What must be the same when a run is repeated: all but times. */
const timeless = ({ seconds: _, sparsifySeconds: __, ...row }: Row) => row;

Deno.test("runs on threads are those of this thread; what is in the results file is not computed again", async () => {
  const folder = await Deno.makeTempDir();
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const runs = [SPEC, { ...SPEC, method: "one-shot" as const }, {
      ...SPEC,
      method: "dense" as const,
      sparsity: 0,
    }];
    const results = `${folder}/rows.jsonl`;
    const first = await Array.fromAsync(run({ runs: runs.slice(0, 1), results, workers: 1 }));
    // As a killed process may leave it.
    await Deno.writeTextFile(results, '{"method": "iss', { append: true });
    const rows = await Array.fromAsync(run({ runs, results, workers: 2 }));
    assert.deepEqual(rows[0], first[0]);
    assert.deepEqual(new Set(rows.map(keyOf)), new Set(runs.map(keyOf)));
    assert.deepEqual(
      await Array.fromAsync(run({ runs: [...runs].reverse(), results })),
      runs.map((spec) => rows.find((row) => keyOf(row) === keyOf(spec))!).reverse(),
    );

    const data = await superresData({ ...SPEC.data, space: "luma" });
    for (const spec of runs) {
      const own = await runHere(spec, { data, runtime });
      assert.deepEqual(timeless(own), timeless(rows.find((row) => keyOf(row) === keyOf(spec))!));
    }
    const [soft, , dense] = runs.map((spec) => rows.find((row) => keyOf(row) === keyOf(spec))!);
    assert.equal(soft!.kept, 956);
    assert.ok(Math.abs(soft!.zerosOfAll - (9612 - 956) / 9712) < 1e-12);
    // After so few steps it is the bicubic picture and a little more or less.
    const start = await scoreOf(data, bicubic(data.scale));
    assert.ok(Math.abs(soft!.afterCut! - start.mean) < 3, `${soft!.afterCut} dB after the cut`);
    assert.equal(soft!.log.at(-1)!.step, 6);
    assert.deepEqual([dense!.kept, dense!.turnover], [0, 0]);
  } finally {
    await runtime.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a run that fails says so", async () => {
  const broken = { ...SPEC, pruningSteps: 99 };
  await assert.rejects(Array.fromAsync(run({ runs: [broken], workers: 1 })), {
    message: /^Cannot prune by issP.*learning the structure takes 99 steps, but the run has 6$/,
  });
  const abort = new AbortController();
  abort.abort(new Error("enough"));
  await assert.rejects(Array.fromAsync(run({ runs: [SPEC], workers: 1, signal: abort.signal })), {
    message: "enough",
  });
});

Deno.test("a run that was stopped goes on, its log included", async () => {
  const folder = await Deno.makeTempDir();
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const data = await superresData({ ...SPEC.data, space: "luma" });
    const checkpoint = `${folder}/run`;
    const abort = new AbortController();
    const progress = {
      start: () => {},
      step: (done: number) => done === 5 ? abort.abort(new Error("enough")) : undefined,
      close: () => {},
    };
    const options = { data: { ...data, test: data.test.slice(0, 1) }, runtime };
    await assert.rejects(
      trainAndTest(SPEC, { ...options, checkpoint, progress, signal: abort.signal, logPoints: 3 }),
      { message: "enough" },
    );
    const [resumed, whole] = [
      await trainAndTest(SPEC, { ...options, checkpoint, logPoints: 3 }),
      await trainAndTest(SPEC, { ...options, logPoints: 3 }),
    ];
    assert.deepEqual(resumed.row.log.map(({ step }) => step), [2, 4, 6]);
    const [a, b] = [timeless(resumed.row), timeless(whole.row)];
    // The mean loss since the last look begins anew where a run resumed.
    assert.deepEqual({ ...a, log: a.log.map(({ loss: _, ...point }) => point) }, {
      ...b,
      log: b.log.map(({ loss: _, ...point }) => point),
    });
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
    const data = await superresData({ ...SPEC.data, space: "luma" });
    assert.deepEqual([data.testName, data.test.length], ["Set5", 5]);
    const { mean, pictures } = await scoreOf(data, bicubic(2));
    assert.equal(mean.toFixed(3), "33.637");
    assert.deepEqual(Object.keys(pictures), ["baby", "bird", "butterfly", "head", "woman"]);
  },
});

Deno.test("presets are runs that differ", () => {
  for (const name of Object.keys(PRESETS)) {
    const runs = runsOf(presetNamed(name));
    assert.equal(new Set(runs.map(keyOf)).size, runs.length);
  }
  assert.throws(() => presetNamed("huge"), {
    name: "RangeError",
    message: /^Cannot find preset "huge": expected one of quick/,
  });
});

Deno.test("summaries, differences and the gate are plain arithmetic", () => {
  const row = (method: Row["method"], seed: number, psnr: number, alpha?: number): Row => ({
    ...SPEC,
    method,
    seed,
    ...alpha !== undefined && { alpha },
    trained: "",
    tested: "",
    psnr,
    pictures: {},
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
  assert.deepEqual(gate(rows, 33.6).map(({ passed }) => passed), [true, true, true]);
  assert.deepEqual(gate(rows, 34.2).map(({ passed }) => passed), [true, false, true]);
  assert.deepEqual(gate(rows.slice(0, 2), 33.6), []);
});

Deno.test("lines of JSON survive a line that was cut off", async () => {
  const path = await Deno.makeTempFile();
  try {
    await appendJsonLine(path, { a: 1 });
    await Deno.writeTextFile(path, '{"a": 2', { append: true });
    await appendJsonLine(path, { a: 3 });
    assert.deepEqual(await readJsonLines(path), [{ a: 1 }, { a: 3 }]);
    assert.deepEqual(await readJsonLines(`${path}.none`), []);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("the small network has as many weights as its description says", () => {
  const sizes = [...edsrTiny().graph.initializers].filter(([name]) => name.endsWith(".weight"))
    .map(([, tensor]) => (tensor as Tensor).data.length);
  assert.deepEqual([sizes.length, sizes.reduce((a, b) => a + b)], [9, 9612]);
});
