import assert from "node:assert/strict";
import { midranks } from "../../lib/statistics/ranks.ts";
import { seededRandom } from "../../lib/random.ts";

Deno.test("a rank is one more than those below it, and half of the others that equal it", () => {
  const random = seededRandom(0, "ranks");
  for (const kinds of [1, 3, 1000]) {
    const values = Array.from({ length: 60 }, () => random.integer(kinds));
    const counted = values.map((value) =>
      values.filter((other) => other < value).length +
      (values.filter((other) => other === value).length + 1) / 2
    );
    assert.deepEqual([...midranks(values)], counted);
  }
  assert.deepEqual([...midranks(Float32Array.of(-Infinity, 2, -0, 0))], [1, 4, 2.5, 2.5]);
});

Deno.test("what is no number has no rank, and its place is named", () => {
  assert.throws(
    () => midranks([NaN, 1, 2]),
    /^RangeError: Cannot rank values with NaN at place 0: expected numbers/,
  );
  assert.throws(() => midranks(Float32Array.of(1, NaN)), /NaN at place 1/);
});
