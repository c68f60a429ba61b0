import { deepEqual, rejects } from "node:assert/strict";
import { measureStaircase } from "../../../lib/prune/latency/staircase.ts";
import { pretend, withClock } from "../pretend_engine.ts";

Deno.test("layers of each width are timed in turns, of either kind, fed with what they read", () =>
  withClock(async () => {
    const order: string[] = [];
    const seen = new Set<string>();
    const runtime = pretend({ order, cost: (width, op, from) => (seen.add(`${op} of ${from}`), 2 * width) });
    const rows = await measureStaircase({ widths: [3, 5], runs: 2, runtime });
    deepEqual(rows, [
      { layer: "convolution", width: 3, median: 6, low: 6, high: 6 },
      { layer: "convolution", width: 5, median: 10, low: 10, high: 10 },
    ]);
    deepEqual(order, Array(5).fill([...Array(7).fill("3"), ...Array(4).fill("5")]).flat());
    await measureStaircase({ layer: "product", widths: [4], runs: 1, runtime });
    deepEqual([...seen], ["Conv of 64", "MatMul of 64"]);
    for (const width of [0, 1.5]) {
      await rejects(measureStaircase({ widths: [width], runtime }), /^RangeError: .*width/);
    }
  }));

Deno.test("the layers run on a real engine", async () => {
  for (const layer of ["convolution", "product"] as const) {
    const [row] = await measureStaircase({ layer, widths: [5], runs: 1, engine: "native" });
    deepEqual([row!.width, row!.median > 0], [5, true]);
  }
});
