import assert from "node:assert/strict";
import { distinctRows } from "../../lib/ctr/distinct_rows.ts";
import { seededRandom } from "../../lib/random.ts";

const FIELDS = [{ name: "site", size: 5 }, { name: "hour", size: 1 }, { name: "user", size: 40 }];

Deno.test("each row of a batch comes once, in order, and each look-up finds its own, batch after batch", () => {
  const random = seededRandom(0);
  const distinct = distinctRows(FIELDS);
  for (const count of [7, 1, 30, 30, 0, 12]) {
    const ids = Int32Array.from(
      { length: count * FIELDS.length },
      (_, i) => random.integer(FIELDS[i % FIELDS.length]!.size),
    );
    const looks = Array.from(ids, (id, i) => id + [0, 5, 6][i % FIELDS.length]!);
    const found = distinct(ids);
    assert.deepEqual([...found.looks], looks);
    assert.deepEqual([...found.rows], [...new Set(looks)]);
    assert.deepEqual(Array.from(found.places, (place) => found.rows[place]), looks);
  }
});

Deno.test("an id that is none of its field's is refused, with the row of the batch", () => {
  const distinct = distinctRows(FIELDS);
  assert.throws(
    () => distinct(Int32Array.of(4, 0, 39, 5, 0, 0)),
    /look up row 1 of a batch: expected ids from 0 to 4 of field "site", found 5/,
  );
  assert.throws(() => distinct(Int32Array.of(0, 0, -1)), /ids from 0 to 39 of field "user", found -1/);
  // The rows before it are new to the next batch all the same.
  assert.deepEqual([...distinct(Int32Array.of(0, 0, 3)).rows], [0, 5, 9]);
});
