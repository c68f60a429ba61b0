import assert from "node:assert/strict";
import { aliveRows, maskedTable, maskOf } from "../../../lib/ctr/tables/masked_table.ts";
import { PRUNED_VECTORS } from "../../../lib/ctr/tables/pruned_vectors.ts";
import { TABLE } from "../../../lib/ctr/tables/table.ts";
import { lookedUp } from "./looked_up.ts";

const mask = maskOf([1, 0, 1, 1, 0], { widths: [2, 1], sizes: [2, 3], features: 2 });

Deno.test("a mask has the rows that stay, each cut after its field's width", () => {
  assert.deepEqual([...mask], [1, 1, 0, 0, 1, 0, 1, 0, 0, 0]);
  assert.deepEqual([...aliveRows(mask, 2)], [1, 0, 1, 1, 0]);
});

const numbers = { [TABLE]: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };

Deno.test("what is masked is zero; a row of which nothing is left gives its field's vector, where there is one", async () => {
  assert.deepEqual(await lookedUp(maskedTable(mask), 2, numbers), [1, 2, 5, 0, 0, 0, 0, 0]);
  const stays = Uint8Array.of(1, 0, 1, 1);
  const found = await lookedUp(maskedTable(mask, stays), 2, {
    ...numbers,
    [PRUNED_VECTORS]: [20, 21, 22, 23],
  });
  assert.deepEqual(found, [1, 2, 5, 0, 20, 0, 22, 23]);
});
