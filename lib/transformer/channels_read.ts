import type { ChannelGroup, ChannelGroups } from "../prune/channel_groups.ts";
import { channelsAt } from "../prune/channels/axis.ts";
import { producers } from "../onnx/topology.ts";
import type { Branch } from "./find_branches.ts";

/** Channels that the projection of a block reads: its heads, or its neurons. */
export interface ChannelsRead {
  /** Group of the channels; blocks that share weights, or a number for each head, have one. */
  group: ChannelGroup;
  /** Channel at each column of what the projection reads. */
  channelOf: Int32Array;
}

/**
 * A function of projections: the channels that one reads, where all columns are of one group and may leave;
 * undefined where they are not, or the projection is not in the graph.
 *
 * They are asked of the value that is multiplied, not of the weight: that one has two axes, and where a norm
 * lets single channels of the residual stream go, both are of channels that may leave.
 */
export function channelsReadBy(
  { model, traced, groups, groupOf, channelOf }: ChannelGroups,
): (branch: Pick<Branch, "projection" | "width">) => ChannelsRead | undefined {
  const { values, atoms } = traced;
  const maker = producers(model.graph);
  return ({ projection, width }) => {
    const axes = values.get(maker.get(projection)?.inputs[0] ?? "");
    const { labels, repeats } = channelsAt(axes, (axes?.length ?? 0) - 1) ?? {};
    if (labels?.length !== width || repeats !== undefined) return undefined;
    const read = labels.map((label) => atoms.find(label));
    // A negative label stands for a position that stays, and is of no group.
    const ids = new Set(Array.from(read, (atom) => groupOf[atom] ?? -1));
    const group = ids.size === 1 ? groups[[...ids][0]!] : undefined;
    if (!group || group.protectedBy.length > 0) return undefined;
    return { group, channelOf: read.map((atom) => channelOf[atom]!) };
  };
}
