import type { Node } from "../onnx/model.ts";
import { colorOf, MUTED } from "../plot/palette.ts";
import type { ChannelGroup, ChannelGroups } from "../prune/channel_groups.ts";

/** How many groups get a colour of their own; those of one layer only share the last one. */
const COLORED = 8;

/** Colour of the groups within one layer. */
export const SINGLE: string = colorOf(COLORED + 1);

/** How a group of channels is drawn. */
export interface GroupMark {
  /** Channels of one letter and colour leave together. */
  group: ChannelGroup;
  /** `#rrggbb`. */
  color: string;
  /** A letter; none for groups within one layer and protected ones. */
  letter?: string;
  /** Layers that make its channels. */
  layers: number;
}

/**
 * Colours and letters of groups: those that run through several layers each have their own, up to eight of
 * them; those within one layer share a colour, protected ones are grey.
 */
export function groupMarks(groups: ChannelGroups): {
  /** The groups with letters. */
  wide: readonly (GroupMark & { letter: string })[];
  /** The mark of the group that most channels belong to that a node makes. */
  markOf: (node: Node) => GroupMark | undefined;
} {
  const makers = makersOf(groups);
  const layersOf = (group: ChannelGroup) => makers.get(group)!.size;
  const wide = groups.prunable.filter((group) => layersOf(group) > 1).slice(0, COLORED).map((group, i) => ({
    group,
    color: colorOf(i),
    letter: String.fromCharCode(65 + i),
    layers: layersOf(group),
  }));
  const lettered = new Map<ChannelGroup, GroupMark>(wide.map((mark) => [mark.group, mark]));
  const groupOf = groupByTensor(groups);
  return {
    wide,
    markOf(node) {
      const group = node.inputs.map((input) => groupOf.get(input)).find((group) => group !== undefined);
      if (!group) return undefined;
      const color = group.protectedBy.length > 0 ? MUTED : SINGLE;
      return lettered.get(group) ?? { group, color, layers: layersOf(group) };
    },
  };
}

/** The tensors whose layers make the channels of each group. */
function makersOf(groups: ChannelGroups): Map<ChannelGroup, Set<string>> {
  return new Map(groups.groups.map((group) => [
    group,
    new Set(group.slots.filter(({ role }) => role === "out").map(({ tensor }) => tensor)),
  ]));
}

/**
 * For each tensor that makes channels, the group that most of them belong to; the later one where they tie.
 */
function groupByTensor(groups: ChannelGroups): Map<string, ChannelGroup> {
  const best = new Map<string, { group: ChannelGroup; count: number }>();
  for (const group of groups.groups) {
    for (const { role, tensor, indices } of group.slots) {
      if (role === "out" && indices.length >= (best.get(tensor)?.count ?? 0)) {
        best.set(tensor, { group, count: indices.length });
      }
    }
  }
  return new Map([...best].map(([tensor, { group }]) => [tensor, group]));
}
