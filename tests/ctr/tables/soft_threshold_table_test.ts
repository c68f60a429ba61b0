import { SOFT_THRESHOLDS, softThresholdTable } from "../../../lib/ctr/tables/soft_threshold_table.ts";
import { TABLE } from "../../../lib/ctr/tables/table.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { lookedUp } from "./looked_up.ts";

const numbers = [0.5, -0.9, 0.1, 0.2, -0.6, 0.7, 0.3, 0.3, -0.4, 0.8];
const shrunk = (value: number, threshold: number) =>
  Math.sign(value) * Math.max(Math.abs(value) - threshold, 0);
const sigmoid = (s: number) => 1 / (1 + Math.exp(-s));
const ROWS = [0, 2, 1, 4];

for (
  const [scope, thresholds, at] of [
    ["coordinate", [0, -1], (_: number, j: number) => j],
    ["row", [0, -1, -2, -3, 1], (row: number) => row],
    ["number", [0, -1, -2, -3, -4, -5, -6, -7, 1, 0], (row: number, j: number) => 2 * row + j],
  ] as const
) {
  Deno.test(`numbers move towards zero by the sigmoid of a threshold for each ${scope}`, async () => {
    const found = await lookedUp(softThresholdTable({ scope }), 2, {
      [TABLE]: numbers,
      [SOFT_THRESHOLDS]: thresholds,
    });
    const expected = ROWS.flatMap((row) =>
      [0, 1].map((j) => shrunk(numbers[2 * row + j]!, sigmoid(thresholds[at(row, j)]!)))
    );
    assertClose(found, expected, REORDERED_FLOAT32);
  });
}
