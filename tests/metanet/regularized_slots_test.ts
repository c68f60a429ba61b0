import assert from "node:assert/strict";
import { regularizedSlots } from "../../lib/metanet/regularized_slots.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { branched } from "./branched.ts";

Deno.test("members are filters, scales of norms and what reads a channel: no biases, statistics or depthwise kernels", () => {
  const groups = channelGroups(branched());
  const members = (first: string) => {
    const group = groups.prunable.find(({ slots }) => slots.some(({ tensor }) => tensor === first))!;
    const all = new Set(group.slots.map(({ tensor }) => tensor));
    return {
      left: [...all].filter((name) => !regularizedSlots(group, groups).some(({ tensor }) => tensor === name)),
      members: regularizedSlots(group, groups).map(({ tensor, role }) => `${role} ${tensor}`),
    };
  };
  const stem = members("stem.weight");
  assert.ok(
    stem.members.includes("out stem.weight") && stem.members.includes("scale norm.weight") &&
      stem.members.includes("in inner.weight"),
  );
  assert.deepEqual(stem.left.sort(), [
    "norm.bias",
    "norm.running_mean",
    "norm.running_var",
    "outer.bias",
    "stem.bias",
  ]);
  const grouped = members("depthwise.weight");
  assert.ok(grouped.left.includes("depthwise.weight") && grouped.members.includes("in out.weight"));
});
