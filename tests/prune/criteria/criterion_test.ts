import { deepEqual } from "node:assert/strict";
import type { ChannelGroup, Slot } from "../../../lib/prune/channel_groups.ts";
import { slotsOf, sumSlot } from "../../../lib/prune/criteria/criterion.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

const slot = (tensor: string, role: Slot["role"], axis = 0): Slot => ({
  tensor,
  axis,
  role,
  width: 2,
  indices: Int32Array.of(0, 2, 3, 1),
});

Deno.test("a channel's sum is over all its positions along the axis, and everything across it", () => {
  const into = Float64Array.of(100, 0);
  // Channel 0 has rows 0 and 2, channel 1 rows 3 and 1.
  sumSlot(slot("w", "out"), float32([1, 2, 3, 4, 5, 6, 7, -8], [4, 2]), into, Math.abs);
  deepEqual([...into], [100 + 1 + 2 + 5 + 6, 7 + 8 + 3 + 4]);
  const across = new Float64Array(2);
  sumSlot(slot("w", "in", 1), float32([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]), across, (w) => w);
  deepEqual([...across], [1 + 3 + 5 + 7, 4 + 2 + 8 + 6]);
});

Deno.test("slots are those of the roles and ranks wanted, or else all that are no statistics", () => {
  const tensors = new Map([["w", float32([1, 2], [2, 1])], ["b", float32([1, 2])], ["m", float32([1, 2])]]);
  const slots = [slot("w", "out"), slot("b", "out"), slot("m", "statistic")];
  const group: ChannelGroup = {
    id: 0,
    name: "w",
    kind: "channels",
    channels: 2,
    least: 1,
    slots,
    protectedBy: [],
  };
  const names = (roles: Slot["role"][], rank?: number) =>
    slotsOf(group, tensors, roles, rank).map((s) => s.tensor);
  deepEqual(names(["out"], 2), ["w"]);
  deepEqual(names(["out"]), ["w", "b"]);
  deepEqual(names(["scale"]), ["w", "b"]);
});
