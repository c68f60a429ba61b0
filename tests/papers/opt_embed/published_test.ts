import assert from "node:assert/strict";
import { PAPER_RESULTS, PAPER_SETTINGS } from "../../../lib/papers/opt_embed/published.ts";

Deno.test("no cell of the paper's tables is filled from memory", () => {
  assert.equal(PAPER_RESULTS.source, null);
  for (const { auc, logLoss, sparsity } of PAPER_RESULTS.rows) {
    assert.deepEqual([auc, logLoss, sparsity], [null, null, null]);
  }
  assert.equal(PAPER_SETTINGS.rows.length, 12);
});
