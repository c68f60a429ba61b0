import assert from "node:assert/strict";
import {
  aloneTable,
  attributionTable,
  protectionTable,
} from "../../../../lib/papers/compressed_lrm/matrices/matrix_tables.ts";
import { asked, evidenceOf, TRUE } from "../world.ts";

Deno.test("tables of matrices show what the rows say", () => {
  const { alone, attributed, protection } = evidenceOf(TRUE);
  const [first] = attributionTable(attributed);
  assert.match(`${first!["the first three"]}`, /^2 up, /);
  assert.ok((first!["the first (%)"] as number) > (first!["the last (%)"] as number));
  const lines = aloneTable(alone, asked(TRUE).slice(0, 7), attributed);
  assert.deepEqual([lines.length, lines[0]!.rounded, lines[0]!["one fact"]], [9, "none", 100]);
  const up = lines.find((line) => line.rounded === "2 up")!;
  assert.deepEqual([up["rank for facts"], up["rank for chains"], up["one fact"], up["chain of 2"]], [
    1,
    1,
    40,
    90,
  ]);
  const kept = protectionTable(protection);
  assert.deepEqual(kept.map((line) => line["of the weights (%)"]), [0, 12.5, 12.5, 12.5, 12.5, 0]);
  assert.equal(kept[1]!.matrices, "2 up");
  assert.ok((kept[1]!.perplexity as number) < (kept[0]!.perplexity as number));
});
