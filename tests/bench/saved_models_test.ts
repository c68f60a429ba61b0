import { deepEqual, equal } from "node:assert/strict";
import { missed, type SavedRow, sectionOf } from "./saved_models.ts";
import { tableOf } from "./section.ts";

const row = (network: string, asked: number, roundTo: string, left: number, ms: number): SavedRow => ({
  network,
  asked,
  roundTo,
  left,
  bytes: 1e6 * left,
  best: ms / 1100,
  median: ms / 1000,
  processor: ms / 500,
});

// At half of the MACs a gets 0.96 of the ideal gain, b 0.5; at a quarter a gets exactly 0.8.
const rows = [
  row("a", 1, "–", 1, 100),
  row("a", 0.5, "auto", 0.48, 50),
  row("a", 0.5, "1", 0.5, 120),
  row("a", 0.25, "auto", 0.25, 31.25),
  row("b", 1, "–", 1, 10),
  row("b", 0.5, "auto", 0.5, 10),
  row("b", 0.5, "8", 0.5, 8),
  row("b", 0.5, "4", 0.5, 9),
  row("b", 0.25, "auto", 0.25, 3),
];

Deno.test("a plan misses its aim where the gain is less than 0.9 of the ideal, 0.8 at a quarter", () => {
  deepEqual(missed(rows).map(({ network, asked }) => [network, asked]), [["b", 0.5]]);
});

Deno.test("under what misses its aim stands the best of other widths, and the README gets times and sizes", () => {
  const section = sectionOf(rows, "1.2", ["layers of b"], 20);
  deepEqual(section.rows.map((cells) => [cells[0], cells[1], cells[2], cells[6], cells[8], cells[9]]), [
    ["a", "original", "–", "100.0", "1.00", ""],
    ["a", "50 %", "auto", "50.0", "2.00", "0.96"],
    ["a", "25 %", "auto", "31.3", "3.20", "0.80"],
    ["b", "original", "–", "10.0", "1.00", ""],
    ["b", "50 %", "auto", "10.0", "1.00", "0.50"],
    ["b", "50 %", "8", "8.0", "1.25", "0.63"],
    ["b", "25 %", "auto", "3.0", "3.33", "0.83"],
  ]);
  equal(
    tableOf(section.brief!).split("\n").slice(2).join("\n"),
    "| a | 100.0 | 50.0 | 31.3 | 1.0 | 0.5 | 0.3 |\n| b | 10.0 | 10.0 | 3.0 | 1.0 | 0.5 | 0.3 |",
  );
});
