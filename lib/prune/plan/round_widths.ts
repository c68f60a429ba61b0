import { blockOfGroups, type ChannelBlocks, partsOf } from "../latency/channel_blocks.ts";
import type { ChannelGroup, ChannelGroups, Slot } from "../channel_groups.ts";

/** Channels of which each group keeps a multiple; where no more of them can go, the next of the list. */
export type Multiples = (id: number) => readonly number[];

/** Steps of one fineness. */
export interface Level {
  /** Number that all widths are a multiple of, at least. */
  multiple: number;
  /** Channels of each group that this number means. */
  multiplesOf: Multiples;
}

/**
 * The steps in which widths may go, the coarsest first: one number for all groups; or whole blocks, then
 * halves where a group has no whole block to spare, quarters, and so on to single channels.
 */
export function levelsOf(groups: ChannelGroups, roundTo: number | ChannelBlocks): Level[] {
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
  if (group.kind === "blocks" || group.kind === "experts") return 1;
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

/** Rules for groups that lie along the same axis, where widths are multiples. */
export interface RoundedTogether {
  /** Groups that stay whole, and why. */
  odd: Map<number, string>;
  /** Groups that come to their multiples in one step: none of them alone makes the width a multiple. */
  together: number[][];
}

/**
 * Groups that lie along one axis with others that make no multiple. Where all of these can be made multiples,
 * they are so in one step. Next to channels that may not leave, or not as many as that takes, a group stays
 * whole: whatever it kept, the whole axis would be left with an odd width.
 *
 * @param candidates ids of the groups that may lose channels
 * @param mayKeep whether a group may be left with so many channels
 */
export function roundedTogether(
  { groups }: ChannelGroups,
  { roundTo, candidates, mayKeep }: {
    roundTo: number;
    candidates: readonly number[];
    mayKeep: (group: ChannelGroup, channels: number) => boolean;
  },
): RoundedTogether {
  const lying = Map.groupBy(
    groups.flatMap((group) => group.slots.map((slot) => ({ group, ...slot }))),
    ({ tensor, axis }) => `${axis}:${tensor}`,
  );
  const isOdd = ({ indices }: Slot) => indices.length % roundTo !== 0;
  const free = new Set(
    candidates.filter((id) => {
      const { channels } = groups[id]!;
      const multiple = channelsPer(roundTo, groups[id]!);
      const rest = channels % multiple;
      return rest === 0 || (channels > rest && mayKeep(groups[id]!, channels - rest));
    }),
  );
  const odd = new Map<number, string>();
  for (let before = NaN; before !== odd.size;) {
    before = odd.size;
    for (const id of candidates) {
      if (odd.has(id)) continue;
      for (const { tensor, axis } of widthsOf(groups[id]!)) {
        const other = lying.get(`${axis}:${tensor}`)!.find((slot) =>
          slot.group.id !== id && isOdd(slot) && (!free.has(slot.group.id) || odd.has(slot.group.id))
        );
        if (other === undefined) continue;
        odd.set(
          id,
          `axis ${axis} of "${tensor}" has ${other.indices.length} more positions next to it, which are no ` +
            `multiple of roundTo ${roundTo} and stay`,
        );
        break;
      }
    }
  }
  for (const id of odd.keys()) free.delete(id);
  const sets = new Map<number, Set<number>>();
  for (const slots of lying.values()) {
    const ids = [...new Set(slots.map(({ group }) => group.id))].filter((id) => free.has(id));
    if (ids.length < 2 || !slots.some(isOdd)) continue;
    const all = new Set(ids.flatMap((id) => [...sets.get(id) ?? [id]]));
    for (const id of all) sets.set(id, all);
  }
  return { odd, together: [...new Set(sets.values())].map((set) => [...set].sort((a, b) => a - b)) };
}
