import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { layerTable, measureLayers } from "../../../lib/prune/latency/layer_latency.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { report } from "../../../lib/prune/report.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { classifier } from "../classifier.ts";
import { pretend, withClock } from "../pretend_engine.ts";

Deno.test("every layer is timed alone, before and after, and the table tells where the time went", () =>
  withClock(async () => {
    const { model } = classifier();
    const smaller = prune(model, planPruning(model, { target: { macs: 0.5 }, roundTo: 1 }));
    const runtime = pretend({ layer: true });
    const costs = await report(model, smaller, { runtime, runs: 2, layers: true });
    assert.deepEqual(costs.layers, [
      { layer: "a", op: "MatMul", dimsBefore: [3, 8], dimsAfter: [3, 4], before: 24, after: 12 },
      { layer: "b", op: "MatMul", dimsBefore: [8, 2], dimsAfter: [4, 2], before: 16, after: 8 },
    ]);
    const lines = layerTable(costs.layers).split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "));
    assert.deepEqual(lines, [
      "layer, alone | weights | ms before | of all | ms after | of all | ratio",
      "MatMul a | 3×8 → 3×4 | 24.0 | 60 % | 12.0 | 60 % | 0.50",
      "MatMul b | 8×2 → 4×2 | 16.0 | 40 % | 8.00 | 40 % | 0.50",
      "all | 40.0 | 100 % | 20.0 | 100 % | 0.50",
    ]);
    assert.ok(String(costs).endsWith(layerTable(costs.layers)));
  }));

Deno.test("layers of a real network run alone, at the batch that was asked for", async () => {
  const model = resnetCifar({ depth: 20, widths: [4, 8, 16] });
  const runtime = await openRuntime({ engine: "native" });
  try {
    const rows = await measureLayers(model, model, { runtime, runs: 1, batch: 3 });
    assert.equal(rows.length, 20);
    for (const { before, after, layer } of rows) assert.ok(before > 0 && after === before, layer);
  } finally {
    await runtime.close();
  }
});
