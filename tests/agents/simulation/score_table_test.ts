import assert from "node:assert/strict";
import { decodeScoreTable, encodeScoreTable } from "../../../lib/agents/simulation/score_table.ts";

Deno.test("a table of scores comes back from its bytes", () => {
  const table = { accuracy: Float64Array.of(0.1, 0.2), tokens: Float64Array.of(5, 6) };
  assert.deepEqual(decodeScoreTable(encodeScoreTable(table)), table);
});
