import assert from "node:assert/strict";
import { CHAINS } from "../../../lib/papers/compressed_lrm/examined.ts";
import { EARLIER, MAIN } from "../../../lib/papers/compressed_lrm/published.ts";

Deno.test("Published cells: means of the three tasks add up where all are known", () => {
  let complete = 0;
  for (const { model, method, aime, folio, temporal, average } of MAIN.rows) {
    if (aime === undefined || folio === undefined || temporal === undefined || average === undefined) {
      continue;
    }
    complete++;
    assert.ok(Math.abs((aime + folio + temporal) / 3 - average) < 0.06, `${model}, ${method}`);
  }
  assert.equal(complete, 11);
  assert.ok(CHAINS.length === 5 && EARLIER.rows.length === 1 + 27 + 8 + 1 + 5);
});
