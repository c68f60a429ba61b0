import { deepEqual, equal } from "node:assert/strict";
import type { ChannelGroup, ChannelGroups, Slot } from "../../../lib/prune/channel_groups.ts";
import { channelsPer, roundedTogether } from "../../../lib/prune/plan/round_widths.ts";

const slot = (tensor: string, role: Slot["role"], width: number, channels: number): Slot => ({
  tensor,
  axis: 0,
  role,
  width,
  indices: new Int32Array(width * channels),
});
const group = (id: number, channels: number, ...slots: [string, Slot["role"], number][]): ChannelGroup => ({
  id,
  name: `group ${id}`,
  kind: "channels",
  channels,
  least: 1,
  slots: slots.map(([tensor, role, width]) => slot(tensor, role, width, channels)),
  protectedBy: [],
});

Deno.test("as few channels as make every width of a layer a multiple", () => {
  equal(channelsPer(8, group(0, 16, ["w", "out", 1])), 8);
  equal(channelsPer(8, group(0, 16, ["w", "out", 4])), 2);
  equal(channelsPer(8, group(0, 16, ["w", "out", 4], ["v", "in", 1])), 8);
  equal(channelsPer(8, group(0, 16, ["w", "out", 6])), 4);
  equal(channelsPer(8, group(0, 16, ["w", "out", 16])), 1);
});

Deno.test("a norm's vectors do not count beside a layer, and do where there is none", () => {
  equal(channelsPer(8, group(0, 16, ["w", "out", 8], ["scale", "scale", 1])), 1);
  equal(channelsPer(8, group(0, 16, ["scale", "scale", 1])), 8);
});

Deno.test("a group next to channels that make no multiple and stay stays too, with the reason", () => {
  const groups = [group(0, 8, ["w", "out", 1]), group(1, 6, ["w", "out", 1])];
  const rounded = (candidates: number[], roundTo: number, least = 1) =>
    roundedTogether({ groups } as unknown as ChannelGroups, {
      roundTo,
      candidates,
      mayKeep: (_, kept) => kept >= least,
    });
  const why = 'axis 0 of "w" has 6 more positions next to it, which are no multiple of roundTo 4 and stay';
  deepEqual(rounded([0], 4), { odd: new Map([[0, why]]), together: [] });
  deepEqual([...rounded([0, 1], 4, 5).odd], [[0, why]]);
  deepEqual(rounded([0, 1], 4), { odd: new Map(), together: [[0, 1]] });
  deepEqual(rounded([0], 2), { odd: new Map(), together: [] });
});
