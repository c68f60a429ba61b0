import { deepEqual, equal } from "node:assert/strict";
import { type Channels, inputAxisOf } from "../../../lib/prune/channels/axis.ts";
import { localFlow } from "../../../lib/prune/channels/local_flow.ts";
import type { ChannelCall, ChannelRow } from "../../../lib/prune/rows/row.ts";

Deno.test("positions that are one channel of the graph have labels of their own, which lead back to it", () => {
  const open = (axis: number): Channels => ({
    labels: Int32Array.of(7, 7, 9),
    zero: true,
    of: [inputAxisOf(1, axis)],
  });
  const shut = { why: "shut", of: [inputAxisOf(0, 0)] };
  const found: number[] = [];
  const row: ChannelRow = (call) => {
    const [first, again, other] = [call.axis(1, 2), call.axis(1, -1), call.axes(1)[1]!] as Channels[];
    const added = call.fresh(2);
    found.push(...[...first!.labels, added[0]!].map((label) => call.find(label)));
    return {
      outputs: [[first!, { labels: added, zero: true }, call.axis(0, 0)]],
      joins: [[again!, other!]],
    };
  };
  const call = {
    axis: (input: number, axis: number) => input === 0 ? shut : open(axis < 0 ? 2 : axis),
    axes: () => [open(0), open(1), open(2)],
    find: (label: number) => 10 * label,
  } as unknown as ChannelCall;
  const { flow, inputs, places } = localFlow(row, call);
  const place = (axis: Channels) => Array.from(axis.labels, (label) => places[label]);
  const [first, added, closed] = flow.outputs[0]!;
  const at = (axis: number) => [0, 1, 2].map((position) => ({ axis: inputAxisOf(1, axis), position }));
  deepEqual(place(first as Channels), at(2));
  deepEqual(place(added as Channels), [undefined, undefined]);
  equal(closed, shut);
  deepEqual(flow.joins!.map((pair) => pair.map((axis) => place(axis as Channels))), [[at(2), at(1)]]);
  deepEqual(found.slice(0, 3), [70, 70, 90]);
  deepEqual([...inputs.get(inputAxisOf(1, 0))!], [7, 7, 9]);
});
