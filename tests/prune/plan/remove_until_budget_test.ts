import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { removalOrder } from "../../../lib/prune/plan/removal_order.ts";
import type { Costs, IncrementalCost } from "../../../lib/prune/plan/cost.ts";
import { removeAll, removeUntilBudget } from "../../../lib/prune/plan/remove_until_budget.ts";

/** Groups whose channels cost a fixed number of MACs each. */
function openWith(channels: readonly number[], cost: readonly number[]): () => IncrementalCost {
  return () => {
    let macs = channels.reduce((sum, count, i) => sum + count * cost[i]!, 0);
    const costs = (n: number): Costs => ({ macs: n, parameters: 0, bytes: 0 });
    return {
      repeated: costs(0),
      get now() {
        return costs(macs);
      },
      remove: (id) => costs(macs -= cost[id]!),
      restore: (id, list) => void (macs += list.length * cost[id]!),
      without: (id, list) => costs(macs - list.length * cost[id]!),
    };
  };
}

/** Importance of channel k of each group: as given. */
const chain = (importance: readonly (readonly number[])[]) =>
  removalOrder(new Map(importance.map((scores, id) => [id, Float64Array.from(scores)])), {
    scope: "global",
    multiplesOf: () => [1],
    maxPruned: 1,
  });

Deno.test("A gap is filled with what matters least of what fits, not with what is cheapest", () => {
  // Group 0 costs 100 a channel; the gap of 50 takes two of group 1 (40) or many of group 2 (1), which matters most.
  const open = openWith([5, 4, 60], [100, 40, 1]);
  const steps = chain([[1, 2, 3, 4, 5], [6, 7, 8, 9], Array.from({ length: 60 }, (_, i) => 100 + i)]);
  const { removed, after } = removeUntilBudget(steps, open, "macs", 720 - 150);
  assert.deepEqual([...removed].map(([, list]) => list.length), [1, 1, 10]);
  assert.equal(after.macs, 720 - 150);
});

Deno.test("What is taken is the same as by importance alone where that meets the goal", () => {
  const open = openWith([3, 3], [10, 10]);
  const { removed } = removeUntilBudget(chain([[1, 5, 2], [4, 3, 6]]), open, "macs", 30);
  assert.deepEqual([...removed].map(([, list]) => list), [[0, 2], [1]]);
});

const group = fc.record({
  cost: fc.integer({ min: 3, max: 60 }),
  scores: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 }),
});

Deno.test("Any groups: more asked never leaves more, and each group gives what matters least in it", () => {
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 6 }), (groups) => {
      const open = openWith(groups.map(({ scores }) => scores.length), groups.map(({ cost }) => cost));
      const steps = chain(groups.map(({ scores }) => scores));
      const reachable = removeAll(steps, open).after;
      let last = -Infinity;
      for (let goal = reachable.macs; goal <= open().now.macs; goal++) {
        const { after, removed } = removeUntilBudget(steps, open, "macs", goal);
        assert.ok(after.macs <= goal && after.macs >= last, `${after.macs} for ${goal}, before ${last}`);
        last = after.macs;
        for (const [id, list] of removed) {
          const { scores } = groups[id]!;
          const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b);
          assert.deepEqual(list, order.slice(0, list.length));
        }
      }
    }),
    { seed: 4, numRuns: 100 },
  );
});

Deno.test("While the group of the smallest channels has any to give, the gap is less than one of them", () => {
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 3 }),
      (groups, small) => {
        // What matters most, and more of it than any gap needs.
        const fine = { cost: small, scores: Array.from({ length: 90 }, (_, i) => 2 + i) };
        const all = [...groups, fine];
        const open = openWith(all.map(({ scores }) => scores.length), all.map(({ cost }) => cost));
        const steps = chain(all.map(({ scores }) => scores));
        const coarse = groups.reduce((sum, { cost, scores }) => sum + cost * (scores.length - 1), 0);
        for (let goal = open().now.macs - coarse; goal <= open().now.macs; goal++) {
          const gap = goal - removeUntilBudget(steps, open, "macs", goal).after.macs;
          assert.ok(gap >= 0 && gap < small, `${gap} at ${goal}`);
        }
      },
    ),
    { seed: 5, numRuns: 100 },
  );
});
