import assert from "node:assert/strict";
import {
  forPrunedSet,
  layerThreshold,
  prunedCount,
  type PrunedSetRule,
  prunedSetRule,
  requireFit,
} from "../../lib/sparse/pruned_set.ts";
import { issP } from "../../lib/sparse/methods/iss_p.ts";
import { seededRandom } from "../../lib/random.ts";
import { awkward, lowSet } from "./reference.ts";

const found = (weights: Float32Array, rule: PrunedSetRule) => {
  const places: number[] = [];
  forPrunedSet(weights, rule, (index) => places.push(index));
  return places;
};

Deno.test("the low set is the one that sorting gives, ties by place", () => {
  const random = seededRandom(2);
  for (const length of [1, 10, 64, 65, 199, 200, 1296]) {
    for (const sparsity of [0, 0.1, 0.5, 0.9, 0.95, 0.99, 1]) {
      const weights = awkward(random, length);
      assert.deepEqual(found(weights, { sparsity }), lowSet(weights, sparsity));
      // A view that does not begin where its buffer does.
      const view = new Float32Array([1, 2, 3, ...weights]).subarray(3);
      assert.deepEqual(found(view, { sparsity }), lowSet(weights, sparsity));
    }
  }
});

Deno.test("counts are those of the paper's small network", () => {
  const kept = (p: number) => [108, 1296, 432].map((n) => n - prunedCount(n, p));
  assert.deepEqual(kept(0.9), [10, 129, 43]);
  assert.deepEqual(kept(0.95), [5, 64, 21]);
  assert.equal(10 + 7 * 129 + 43, 956);
  assert.equal(prunedCount(1000, 1), 995);
  assert.equal(layerThreshold(Float32Array.of(4, -1, 3, 2), 0.5), 3);
});

Deno.test("patterns choose in each group by itself", () => {
  const weights = Float32Array.of(9, 8, 7, 6, 1, -1, 1, 1);
  assert.deepEqual(found(weights, { pattern: { n: 1, m: 4 } }), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(found(weights, { pattern: { n: 4, m: 4 } }), []);
  assert.throws(
    () => requireFit({ pattern: { n: 2, m: 4 } }, [{ name: "w", weights: new Float32Array(6) }]),
    {
      name: "TypeError",
      message:
        'Cannot prune 2:4 in "w": its 6 weights do not divide into groups of 4; leave it out with the ' +
        "option prunable, or take another pattern",
    },
  );
});

Deno.test("impossible settings are refused with a sentence", () => {
  const refused: [() => unknown, string][] = [
    [() => issP({ sparsity: 1.2 }), "Cannot prune by issP with sparsity 1.2: expected a number from 0 to 1"],
    [() => issP({ sparsity: NaN }), "Cannot prune by issP with sparsity NaN: expected a number from 0 to 1"],
    [() => issP({ alpha: -0.1 }), "Cannot shrink weights with alpha -0.1: expected a number from 0 to 1"],
    [
      () => prunedSetRule("issP", 0.9, { n: 5, m: 4 }),
      "Cannot prune by issP 5:4: expected whole numbers, the first from 0 to the second, so that as many of every 4 " +
      "weights stay",
    ],
    [
      () => issP({ pruningSteps: 1.5 }),
      "Cannot learn a structure with pruningSteps 1.5: expected a whole number from 0",
    ],
  ];
  for (const [make, message] of refused) assert.throws(make, { name: "RangeError", message });
});
