import { deepEqual, equal } from "node:assert/strict";
import { removalOrder, type RemovalStep } from "../../../lib/prune/plan/removal_order.ts";

const importance = new Map([[0, Float64Array.of(5, 1, 3, 2)], [1, Float64Array.of(4, 0)]]);
/** A group's part in a step of its own queue. */
const channelsOf = (id: number) => (part: RemovalStep[number]) => {
  equal(part.id, id);
  return part.channels;
};
const orderBy = (options: Partial<Parameters<typeof removalOrder>[1]>) => {
  const { queues, order } = removalOrder(importance, {
    scope: "global",
    multiplesOf: () => [1],
    maxPruned: 1,
    ...options,
  });
  const steps = [...queues].map(([id, queue]) => [id, queue.map((step) => step.map(channelsOf(id)).flat())]);
  return { steps: Object.fromEntries(steps), turns: order.map(({ id }) => id) };
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
    return queues.get(0)!.map((step) => left -= step[0]!.channels.length);
  };
  deepEqual(kept([8]), [8]);
  deepEqual(kept([8, 2]), [8, 6, 4, 2]);
  deepEqual(kept([8, 4, 1], 0.75), [8, 4, 3]);
});

Deno.test("groups that are rounded together make their multiples in one step, and then go on alone", () => {
  const of = (n: number, from: number) => Float64Array.from({ length: n }, (_, i) => from + i);
  const groups = new Map([[3, of(5, 10)], [4, of(2, 0)], [7, of(7, 20)], [9, of(4, 1)]]);
  const { queues, order } = removalOrder(groups, {
    scope: "global",
    multiplesOf: (id) => [id === 4 ? 1 : 2],
    maxPruned: 1,
    together: [[3, 7, 9]],
  });
  deepEqual([...queues.keys()], [3, 4]);
  deepEqual(queues.get(3), [
    [{ id: 3, channels: [0] }, { id: 7, channels: [0] }],
    // Of no higher rank than what comes before it: it waits for the step that makes all widths even.
    [{ id: 9, channels: [0, 1] }],
    [{ id: 3, channels: [1, 2] }],
    [{ id: 7, channels: [1, 2] }],
    [{ id: 7, channels: [3, 4] }],
  ]);
  deepEqual(order.map(({ id, priority }) => [id, priority]), [
    [4, 0],
    [3, 15],
    [3, 15],
    [3, 15],
    [3, 21.5],
    [3, 23.5],
  ]);
});
