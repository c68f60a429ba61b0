import assert from "node:assert/strict";
import { meaning } from "../../../lib/papers/meta_pruning/meaning.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { rowsOf } from "./rows_of.ts";

const { meta, tuned, shrunk } = VARIANTS;

Deno.test("what it means follows the outcomes", () => {
  const answers = (rows: readonly MetaRow[]) => meaning(rows).map(([{ outcome }, words]) => words[outcome]);
  const gains = answers(rowsOf(3, { [meta]: 70, [tuned]: 60, [shrunk]: 75 }));
  const loses = answers(rowsOf(3, { [meta]: 60, [tuned]: 70, [shrunk]: 40 }));
  assert.match(gains[0]!, /^A metanetwork prepares/);
  assert.match(loses[0]!, /^A metanetwork does not prepare/);
  assert.match(gains[1]!, /^The rule .* does as well/);
  assert.match(loses[1]!, /the metanetwork adds/);
  assert.match(gains[2]!, /a metanetwork pays at 8×/);
  assert.match(loses[2]!, /a metanetwork costs more/);
  for (const answer of [...gains.slice(3), ...answers([])]) assert.match(answer, /is open/);
});
