import { deepEqual } from "node:assert/strict";
import { removalOrder } from "../../lib/prune/removal_order.ts";

const importance = new Map([[0, Float64Array.of(5, 1, 3, 2)], [1, Float64Array.of(4, 0)]]);
const orderBy = (options: Partial<Parameters<typeof removalOrder>[1]>) => {
  const { queues, order } = removalOrder(importance, {
    scope: "global",
    multiplesOf: () => [1],
    maxPruned: 1,
    ...options,
  });
  return { steps: Object.fromEntries(queues), turns: order.map(({ id }) => id) };
};

Deno.test("channels leave one by one, least important first, and one of each group stays", () => {
  deepEqual(orderBy({}), { steps: { 0: [[1], [3], [2]], 1: [[1]] }, turns: [1, 0, 0, 0] });
});

Deno.test("in multiples, the first step makes the width one, and a step counts as its mean", () => {
  const { steps, turns } = orderBy({ multiplesOf: (id) => [id === 0 ? 3 : 1] });
  deepEqual(steps[0], [[1]]);
  deepEqual(orderBy({ multiplesOf: () => [2] }).steps, { 0: [[1, 3]], 1: [] });
  deepEqual(turns, [1, 0]);
});

Deno.test("by layer, all groups give the same part of themselves at a time", () => {
  // Parts gone: a quarter, a half, three quarters of group 0; a half of group 1.
  deepEqual(orderBy({ scope: "layer" }).turns, [0, 0, 1, 0]);
});

Deno.test("no more than the largest part may go, rounded against noise", () => {
  deepEqual(orderBy({ maxPruned: 0.5 }).steps, { 0: [[1], [3]], 1: [[1]] });
  const ten = removalOrder(new Map([[0, new Float64Array(10)]]), {
    scope: "global",
    multiplesOf: () => [1],
    maxPruned: 0.3,
  });
  deepEqual(ten.queues.get(0)!.length, 3);
});

Deno.test("where no whole multiple is left to go, the next one goes on", () => {
  const twelve = new Map([[0, Float64Array.from({ length: 12 }, (_, i) => i)]]);
  const kept = (multiples: number[], maxPruned = 1) => {
    const { queues } = removalOrder(twelve, { scope: "global", multiplesOf: () => multiples, maxPruned });
    let left = 12;
    return queues.get(0)!.map((step) => left -= step.length);
  };
  deepEqual(kept([8]), [8]);
  deepEqual(kept([8, 2]), [8, 6, 4, 2]);
  deepEqual(kept([8, 4, 1], 0.75), [8, 4, 3]);
});
