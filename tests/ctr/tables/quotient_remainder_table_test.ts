import assert from "node:assert/strict";
import {
  quotientRemainderSizes,
  quotientRemainderTable,
} from "../../../lib/ctr/tables/quotient_remainder_table.ts";
import { lookedUp } from "./looked_up.ts";

Deno.test("no two ids of a field share both remainder and quotient", () => {
  for (const collisions of [1, 2, 3, 7]) {
    const sizes = [1, 2, 10, 97].map((size) => ({ name: "", size }));
    const { remainders, quotients } = quotientRemainderSizes(sizes, collisions);
    sizes.forEach(({ size }, f) => {
      const pairs = new Set<string>();
      for (let id = 0; id < size; id++) {
        const quotient = Math.floor(id / remainders[f]!);
        assert.ok(quotient < quotients[f]!);
        pairs.add(`${id % remainders[f]!} ${quotient}`);
      }
      assert.equal(pairs.size, size);
    });
  }
});

Deno.test("a vector is the product of its remainder's and its quotient's", async () => {
  // Fields of two and three ids, two to a remainder: 1 and 2 remainders, 2 and 2 quotients.
  const found = await lookedUp(quotientRemainderTable({ collisions: 2 }), 1, {
    "embedding.remainder": [2, 3, 5],
    "embedding.quotient": [7, 11, 13, 17],
  });
  // Ids 0 and 0, then 1 and 2: 2 is remainder 0 and quotient 1 of the second field.
  assert.deepEqual(found, [2 * 7, 3 * 13, 2 * 11, 3 * 17]);
});
