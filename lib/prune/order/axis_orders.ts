import type { ChannelGroups } from "../channel_groups.ts";
import type { ChannelIds } from "../channels/channel_union_find.ts";

/** The order that the positions along an axis get; `undefined` where all stay. */
export type OrderOf = (labels: ChannelIds) => Int32Array | undefined;

/**
 * How the positions along an axis change places with the channels of a group: position p is to hold what
 * position `result[p]` held; `undefined` where all stay. The k-th position of a channel gets what the k-th of
 * the other one was. Along an axis with only some of the channels, or some of them more often, they stay:
 * what is there cannot be what its other places hold.
 *
 * @param order what each channel of the group becomes
 */
export function axisOrders(
  { groupOf, channelOf, traced: { atoms } }: Pick<ChannelGroups, "groupOf" | "channelOf" | "traced">,
  id: number,
  order: readonly number[],
): OrderOf {
  const known = new Map<ChannelIds, Int32Array | undefined>();
  const ordered = (labels: ChannelIds): Int32Array | undefined => {
    const positions = order.map((): number[] => []);
    labels.forEach((label, position) => {
      const atom = atoms.find(label);
      if (atom >= 0 && groupOf[atom] === id) positions[channelOf[atom]!]!.push(position);
    });
    const width = positions[0]?.length;
    if (!width || positions.some((own) => own.length !== width)) return undefined;
    const result = Int32Array.from(labels.keys());
    order.forEach((from, to) => positions[to]!.forEach((p, k) => result[p] = positions[from]![k]!));
    return result.some((from, p) => from !== p) ? result : undefined;
  };
  return (labels) => {
    if (!known.has(labels)) known.set(labels, ordered(labels));
    return known.get(labels);
  };
}
