import assert from "node:assert/strict";
import { trainAndTest, twoStages } from "../../../lib/papers/iss_p/train_and_test.ts";
import { appendJsonLine } from "../../../lib/files/json_lines.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { superresData } from "../../../lib/superres/data.ts";
import { SPEC, timeless } from "./spec.ts";

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
    // What a process of 1000 seconds would have left, which ended after them.
    await appendJsonLine(`${folder}/times.jsonl`, { part: 0, seconds: 1000, sparsifySeconds: 900 });
    const [resumed, whole] = [
      await trainAndTest(SPEC, { ...options, checkpoints: folder, logPoints: 3 }),
      await trainAndTest(SPEC, { ...options, logPoints: 3 }),
    ];
    assert.deepEqual(resumed.row.log.map(({ step }) => step), [2, 4, 6]);
    assert.deepEqual(timeless(resumed.row), timeless(whole.row));
    assert.ok(resumed.row.seconds > 1000 && resumed.row.sparsifySeconds >= 900);
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
