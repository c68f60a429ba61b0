import { deepEqual, equal } from "node:assert/strict";
import { CostReport, latencyCell } from "../../lib/prune/cost_report.ts";
import type { Latency } from "../../lib/prune/latency/latency.ts";

const took = (median: number): Latency => ({
  engine: "native",
  device: "a machine",
  batch: 2,
  runs: 5,
  median,
  quartiles: [median - 1, median + 1],
});

Deno.test("a report is a table: counts with their ratio, medians with their middle half, and what they are", () => {
  const report = new CostReport(
    { macs: 2000, parameters: 50, bytes: 200, latencies: [took(8)] },
    { macs: 1000, parameters: 25, bytes: 150, latencies: [took(6)] },
  );
  deepEqual(report.toString().split("\n").map((line) => line.replaceAll(/ {2,}/g, " | ").trim()), [
    "| before | after | ratio",
    "MACs | 2,000 | 1,000 | 0.500",
    "parameters | 50 | 25 | 0.500",
    "bytes on disk | 200 | 150 | 0.750",
    "latency (ms), native, batch 2, 5 runs | 8.00 (7.00 to 9.00) | 6.00 (5.00 to 7.00) | 0.750",
    "Latency: median (first to third quartile), both models in turns; its ratio is the latency ratio",
  ]);
});

Deno.test("a report names what its counts leave out", () => {
  const cost = { macs: 40, parameters: 40, bytes: 200, latencies: [], uncounted: ['MyLinear (output "y")'] };
  equal(new CostReport(cost, cost).toString().split("\n").at(-1), 'not counted: MyLinear (output "y")');
});

Deno.test("a cell of a table has the median and its quartiles in three digits", () => {
  equal(latencyCell({ ...took(1), median: 1.23456, quartiles: [0.98765, 12.3456] }), "1.23 (0.988 to 12.3)");
});
