import { requireOptions } from "../options.ts";
import type { Node } from "../onnx/model.ts";
import type { ChannelGroup, ChannelGroups } from "../prune/channel_groups.ts";
import type { Figure, LegendEntry } from "../plot/figure.ts";
import { drawNetwork, NETWORK_OPTIONS, type NetworkOptions } from "../plot/network.ts";
import { colorOf, MUTED } from "../plot/palette.ts";

/** How many groups get a colour of their own; those of one layer only share the last one. */
const COLORED = 8;

/**
 * The network with the channels that must leave together in one colour: groups that run through several
 * layers each have their own and a letter, groups within one layer share one, protected ones are grey.
 */
export function drawChannelGroups(groups: ChannelGroups, options: NetworkOptions = {}): Figure {
  requireOptions("drawChannelGroups", options, NETWORK_OPTIONS);
  const makers = makersOf(groups);
  const wide = groups.prunable.filter((group) => makers.get(group)!.size > 1).slice(0, COLORED);
  const colors = new Map<ChannelGroup, string>(wide.map((group, i) => [group, colorOf(i)]));
  const single = colorOf(COLORED + 1);
  const letters = new Map(wide.map((group, i) => [group, String.fromCharCode(65 + i)]));
  const colorOfGroup = (group: ChannelGroup) =>
    group.protectedBy.length > 0 ? MUTED : colors.get(group) ?? single;
  const groupOf = groupByTensor(groups);
  const made = (node: Node) =>
    node.inputs.map((input) => groupOf.get(input)).find((group) => group !== undefined);
  const legend: LegendEntry[] = wide.map((group) => ({
    label: `${letters.get(group)}: ${short(group.name)} and ${
      makers.get(group)!.size - 1
    } more: ${group.channels} channels`,
    color: colors.get(group)!,
    mark: "box",
  }));
  const alone = groups.prunable.length - wide.length;
  if (alone > 0) legend.push({ label: `${alone} groups within one layer`, color: single, mark: "box" });
  if (alone + wide.length < groups.groups.length) {
    legend.push({ label: "protected", color: MUTED, mark: "box" });
  }
  return drawNetwork(groups.model, {
    title: `${groups.model.graph.name || "Network"}: channels that leave together share a colour`,
    alt: `Boxes with one letter make the channels of one group, which leave together; ${groups.toString()
      .split("\n")[0]!}`,
    legend,
    color: (node) => {
      const group = made(node);
      return group && colorOfGroup(group);
    },
    tag: (node) => letters.get(made(node)!),
    ...options,
  });
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

function short(name: string): string {
  return name.replace(/[._/]?weight$/i, "");
}
