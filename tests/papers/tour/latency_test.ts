import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { measureAll } from "../../../lib/papers/tour/latency.ts";
import type { TourRow } from "../../../lib/papers/tour/prune_and_tune.ts";
import { silent } from "../../../lib/progress.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";

Deno.test("the original is timed first, then each model, then one of each size whose widths are not rounded", async () => {
  const [original, small] = [[4, 8, 8], [2, 4, 4]].map((widths) =>
    resnetCifar({ depth: 20, widths: widths as [number, number, number] })
  );
  const row = (criterion: TourRow["criterion"], tuned: number) =>
    ({ criterion, target: 0.5, tuned }) as TourRow;
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const tuned = [{ row: row("l1", 0.7), model: small! }, { row: row("random", 0.6), model: small! }];
    const rows = await measureAll(original!, tuned, { runtime, runs: 1, batch: 1, progress: silent });
    assert.deepEqual(rows.map(({ series, accuracy }) => [series, accuracy]), [
      ["unpruned", undefined],
      ["l1", 0.7],
      ["random", 0.6],
      ["widths not rounded", undefined],
    ]);
    const [whole, first] = rows.map(({ macs }) => macs);
    assert.deepEqual([whole, first], [countMacs(original!).macs, countMacs(small!).macs]);
    assert.ok(rows[3]!.macs <= 0.5 * whole!);
    for (const { low, median, high } of rows) assert.ok(0 < low && low <= median && median <= high);
  } finally {
    await runtime.close();
  }
});
