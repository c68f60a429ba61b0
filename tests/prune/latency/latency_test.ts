import assert from "node:assert/strict";
import { type Latency, measureLatency, measureSideBySide } from "../../../lib/prune/latency/latency.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { report } from "../../../lib/prune/report.ts";
import { classifier, normal } from "../classifier.ts";
import { pretend, withClock } from "../pretend_engine.ts";

Deno.test("Models are measured in turns, and what is no number of runs is refused", () =>
  withClock(async () => {
    const { model } = classifier();
    const small = prune(model, planPruning(model, { target: { macs: 0.5 } }));
    const order: string[] = [];
    const runtime = pretend({ order });
    const [before, after] = await measureSideBySide([model, small], { runtime, runs: 2 });
    assert.deepEqual(order, Array(5).fill([...Array(5).fill("8"), ...Array(10).fill("4")]).flat());
    assert.deepEqual([before!.median, after!.median], [8, 4]);
    await assert.rejects(measureLatency(model, { runtime, runs: 0 }), /RangeError: .*runs 0/);
    // Rounds take 4 ms in sum of both, three of them before those that are timed.
    const short = await measureLatency(model, { runtime, runs: 100, seconds: 0.001 });
    assert.equal(short.runs, 5);
    assert.equal((await measureLatency(model, { runtime, runs: 100, seconds: 0.1 })).runs, 10);
    assert.equal((await measureLatency(model, { runtime, runs: 7, seconds: 1000 })).runs, 7);
    await assert.rejects(measureLatency(model, { runtime, seconds: 0 }), /RangeError: .*seconds 0: expected/);
  }));

Deno.test("what runs take right behind a pause is not counted, and a long one runs once a turn", () =>
  withClock(async () => {
    const { model } = classifier();
    const timed = async (cost: (run: number) => number) => {
      let runs = 0;
      const runtime = pretend({ cost: () => cost(runs++) });
      const [{ median }] = await measureSideBySide([model, model], { runtime, runs: 3 }) as [
        Latency,
        Latency,
      ];
      return { median, runs };
    };
    assert.deepEqual(await timed((run) => [20, 5, 5, 10][run % 4]!), { median: 7.5, runs: 4 * 12 });
    assert.deepEqual(await timed(() => 40), { median: 40, runs: 12 });
  }));

Deno.test("results tell the batch that was fed, each model its own, and another one is refused", () =>
  withClock(async () => {
    const models = [1, 4, "N"].map((batch) => {
      const g = new GraphBuilder();
      g.output(g.matMul(g.input("x", "float32", [batch, 3]), g.parameter("a", normal(3, 8))), "y");
      return g.model();
    });
    const runtime = pretend();
    const batches = async (batch?: number, some = models) =>
      (await measureSideBySide(some, { runtime, runs: 1, batch })).map(({ batch }) => batch);
    assert.deepEqual(await batches(), [1, 4, 1]);
    assert.deepEqual(await batches(8, models.slice(2)), [8]);
    await assert.rejects(batches(8), /RangeError: Cannot measure latency with batch 8: expected 1/);
    const { before, after } = await report(models[1]!, models[1]!, { runtime, runs: 1 });
    assert.deepEqual([before, after].map(({ latencies }) => latencies[0]!.batch), [4, 4]);
    const wrong = report(models[1]!, models[1]!, { runtime, runs: 1, batches: [4, 8] });
    await assert.rejects(wrong, /RangeError: .*batch 8: expected 4/);
  }));
