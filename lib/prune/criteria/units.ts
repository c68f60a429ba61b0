import { factsOf } from "../../onnx/operators/table.ts";
import { consumers } from "../../onnx/topology.ts";
import { learnedConstants } from "../../onnx/learned.ts";
import type { ChannelGroup, ChannelGroups, Slot } from "../channel_groups.ts";
import type { Role } from "../rows/row.ts";
import type { Alone } from "../channels/gates.ts";

/**
 * A group for each channel of a group of blocks or experts: one channel that owns its part of the group's
 * places, and all learned numbers that leave with it alone. `undefined` for a group of which nothing leaves
 * but slices.
 */
export function unitsOf(group: ChannelGroup, groups: ChannelGroups): ChannelGroup[] | undefined {
  const { alone, groupOf, channelOf, traced: { atoms } } = groups;
  const behind = new Map<number, Alone>();
  for (const [label, one] of alone) {
    const atom = atoms.find(label);
    if (groupOf[atom] === group.id) behind.set(channelOf[atom]!, one);
  }
  if (behind.size === 0) return undefined;
  return Array.from({ length: group.channels }, (_, channel) => ({
    ...group,
    name: group.members?.[channel] ?? `${group.name} ${channel}`,
    channels: 1,
    slots: [
      ...group.slots.map((slot): Slot => ({
        ...slot,
        indices: slot.indices.subarray(channel * slot.width, (channel + 1) * slot.width),
      })),
      ...wholeSlots(behind.get(channel)?.tensors ?? new Set(), groups),
    ],
  }));
}

/** Places that take all of some tensors, those that were learned. */
function wholeSlots(tensors: ReadonlySet<string>, { model }: ChannelGroups): Slot[] {
  const learned = learnedConstants(model);
  const uses = consumers(model.graph);
  return [...tensors].flatMap((tensor): Slot[] => {
    const constant = learned.get(tensor);
    const [width] = model.graph.initializers.get(tensor)?.dims ?? [];
    if (constant === undefined || width === undefined) return [];
    const use = uses.get(tensor)?.[0];
    const axes = use && factsOf(use.node).learned?.[use.index]?.axes;
    const role: Role = constant.role === "statistic" || constant.role === "bias" || constant.role === "scale"
      ? constant.role
      : axes || constant.role === "weight" || constant.role === "embedding"
      ? "out"
      : "other";
    return [{ tensor, axis: 0, role, width, indices: Int32Array.from({ length: width }, (_, i) => i) }];
  });
}

/**
 * Importance of blocks, each divided by the mean of those with tensors of the same shapes: norms grow with a
 * block's size, so attention would always go before a feed-forward block that is twice as large.
 */
export function amongAlike(
  units: readonly ChannelGroup[],
  importance: readonly number[],
  tensors: ReadonlyMap<string, { dims: readonly number[] }>,
): number[] {
  const shapes = units.map(({ slots }) =>
    slots.map(({ tensor }) => `${tensors.get(tensor)?.dims}`).sort().join(";")
  );
  const sums = new Map<string, { sum: number; count: number }>();
  shapes.forEach((key, i) => {
    const { sum, count } = sums.get(key) ?? { sum: 0, count: 0 };
    sums.set(key, { sum: sum + importance[i]!, count: count + 1 });
  });
  return importance.map((score, i) => {
    const { sum, count } = sums.get(shapes[i]!)!;
    return sum > 0 ? score * count / sum : score;
  });
}
