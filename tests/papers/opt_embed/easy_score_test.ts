import assert from "node:assert/strict";
import { searchEasyScore } from "../../../lib/papers/opt_embed/easy_score.ts";
import { mean } from "../../../lib/statistics/describe.ts";

Deno.test("an easy score is climbed by the search as described, which beats chance; no score is above 1", async () => {
  const rows = await searchEasyScore({ runs: 2 });
  assert.deepEqual(rows.map(({ log, fields }) => [log, fields]), [["KDD12", 11], ["Avazu", 24], [
    "Criteo",
    39,
  ]]);
  for (const { described, released, releasedBest, random } of rows) {
    for (const scores of [described, released, releasedBest, random]) {
      assert.equal(scores.length, 2);
      assert.ok(scores.every((score) => score > 0.5 && score <= 1));
    }
    assert.ok(mean(described) > mean(random));
    released.forEach((score, i) => assert.ok(score <= releasedBest[i]! + 1e-12));
  }
});
