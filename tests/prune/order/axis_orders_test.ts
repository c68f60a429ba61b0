import { deepEqual, equal } from "node:assert/strict";
import type { ChannelGroups } from "../../../lib/prune/channel_groups.ts";
import { axisOrders } from "../../../lib/prune/order/axis_orders.ts";

/** Three channels of group 1, atoms 1 to 3; atom 4 is of another group, a negative one of none. */
const groups = {
  groupOf: Int32Array.of(-1, 1, 1, 1, 0),
  channelOf: Int32Array.of(-1, 0, 1, 2, 0),
  traced: { atoms: { find: (label: number) => label } },
} as unknown as ChannelGroups;

const orderOf = axisOrders(groups, 1, [1, 2, 0]);
const along = (...labels: number[]) => {
  const order = orderOf(Int32Array.from(labels));
  return order && [...order];
};

Deno.test("a channel's positions become those of the other one, each the one at its turn", () => {
  deepEqual(along(1, 2, 3), [1, 2, 0]);
  deepEqual(along(3, 4, 1, -1, 2), [2, 1, 4, 3, 0]);
  deepEqual(along(1, 1, 3, 2, 3, 2), [3, 5, 0, 2, 1, 4]);
});

Deno.test("where some channels are not, or are there more often, all stay", () => {
  for (const labels of [[1, 2], [1, 2, 3, 3], [4, -1], []]) equal(along(...labels), undefined);
  equal(axisOrders(groups, 1, [0, 1, 2])(Int32Array.of(1, 2, 3)), undefined);
});
