import { blockOfGroups, type ChannelBlocks, partsOf } from "./latency/channel_blocks.ts";
import type { ChannelGroup, ChannelGroups, Slot } from "./channel_groups.ts";

/** Channels of which each group keeps a multiple; where no more of them can go, the next of the list. */
export type Multiples = (id: number) => readonly number[];

/** Steps of one fineness. */
export interface Level {
  /** What widths are a multiple of at least. */
  multiple: number;
  /** What that is in channels of each group. */
  multiplesOf: Multiples;
}

/**
 * The steps in which widths may go, the coarsest first: one number for all groups; or whole blocks, then
 * halves where a group has no whole block to spare, quarters, and so on to single channels.
 */
export function multiplesOf(groups: ChannelGroups, roundTo: number | ChannelBlocks): Level[] {
  if (typeof roundTo === "number") {
    return [{ multiple: roundTo, multiplesOf: (id) => [channelsPer(roundTo, groups.groups[id]!)] }];
  }
  const halvings = Math.ceil(Math.log2(Math.max(roundTo.convolution, roundTo.product)));
  const parts = Array.from({ length: halvings + 1 }, (_, k) => partsOf(roundTo, k));
  const blocks = parts.map((part) => blockOfGroups(groups, part));
  return parts.map(({ convolution, product }, k) => ({
    multiple: Math.max(convolution, product),
    multiplesOf: (id) =>
      blocks.slice(0, k + 1).map((block) => channelsPer(block.get(id)!, groups.groups[id]!)),
  }));
}

/** The least number of channels of a group that makes all widths of its weights a multiple. */
export function channelsPer(roundTo: number, group: ChannelGroup): number {
  const gcd = (a: number, b: number): number => b === 0 ? a : gcd(b, a % b);
  return widthsOf(group).reduce((least, { width }) => {
    const own = roundTo / gcd(roundTo, width);
    return least * own / gcd(least, own);
  }, 1);
}

/** Where a group makes the widths of layers; where it does not, all its places. */
function widthsOf({ slots }: ChannelGroup): Slot[] {
  const layers = slots.filter(({ role }) => role === "out" || role === "in");
  return layers.length > 0 ? layers : slots;
}

/**
 * The groups next to which, along one axis, lie other channels that make no multiple and may stay: whatever
 * such a group kept, the whole axis could be left with an odd width. With the reason, by group.
 */
export function oddGroups({ groups, prunable }: ChannelGroups, roundTo: number): Map<number, string> {
  const lying = Map.groupBy(
    groups.flatMap((group) => group.slots.map((slot) => ({ group, ...slot }))),
    ({ tensor, axis }) => `${axis}:${tensor}`,
  );
  const reasons = new Map<number, string>();
  for (const group of prunable) {
    for (const { tensor, axis } of widthsOf(group)) {
      const other = lying.get(`${axis}:${tensor}`)!.find((slot) =>
        slot.group !== group && slot.indices.length % roundTo !== 0
      );
      if (other === undefined) continue;
      reasons.set(
        group.id,
        `axis ${axis} of "${tensor}" has ${other.indices.length} more positions next to it, which are no ` +
          `multiple of roundTo ${roundTo}`,
      );
      break;
    }
  }
  return reasons;
}
