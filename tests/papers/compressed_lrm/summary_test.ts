import assert from "node:assert/strict";
import { collapsePoints, examined } from "../../../lib/papers/compressed_lrm/examined.ts";
import {
  accuracies,
  allocationTable,
  collapseTable,
  endings,
  perplexities,
} from "../../../lib/papers/compressed_lrm/summary.ts";
import { asked, evidenceOf, TRUE } from "./world.ts";

Deno.test("Compressed models: tables show what the rows say", () => {
  const { texts: measured, allocations: spent } = evidenceOf(TRUE);
  const points = examined(asked(TRUE)).flatMap(collapsePoints);
  const [dense] = accuracies(asked(TRUE));
  assert.deepEqual([dense!.method, dense!["one fact"], dense!["bits a weight"]], ["dense", 100, 16]);
  const line = collapseTable(points).find(({ question }) => question === "chain of 2")!;
  assert.match(`${line["GPTQ (bits)"]}`, /^below 3/);
  assert.equal(endings(asked(TRUE)).length, asked(TRUE).length);
  const [whole, pruned] = perplexities(measured);
  assert.deepEqual([whole!["an earlier program"], pruned!["an earlier program"]], [3.372, 32.15]);
  assert.equal(allocationTable(spent).length, 7);
});
