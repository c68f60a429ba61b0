import { requireOptions, withDefaults } from "../options.ts";
import type { ChannelGroups } from "../prune/channel_groups.ts";
import type { Figure } from "../plot/figure.ts";
import type { LegendEntry } from "../plot/legend.ts";
import { drawNetwork, NETWORK_OPTIONS, type NetworkOptions } from "../plot/network.ts";
import { MUTED } from "../plot/palette.ts";
import { groupMarks, SINGLE } from "./group_marks.ts";

/**
 * The network with the channels that must leave together in one colour: groups that run through several
 * layers each have their own and a letter, groups within one layer share one, protected ones are grey.
 */
export function drawChannelGroups(groups: ChannelGroups, options: NetworkOptions = {}): Figure {
  requireOptions("drawChannelGroups", options, NETWORK_OPTIONS);
  const { wide, markOf } = groupMarks(groups);
  const legend: LegendEntry[] = wide.map(({ group, letter, color, layers }) => ({
    label: `${letter}: ${short(group.name)} and ${layers - 1} more: ${group.channels} channels`,
    color,
    mark: "box",
  }));
  const alone = groups.prunable.length - wide.length;
  if (alone > 0) legend.push({ label: `${alone} groups within one layer`, color: SINGLE, mark: "box" });
  if (alone + wide.length < groups.groups.length) {
    legend.push({ label: "protected", color: MUTED, mark: "box" });
  }
  return drawNetwork(
    groups.model,
    withDefaults({
      title: `${groups.model.graph.name || "Network"}: channels that leave together share a colour`,
      alt: `Boxes with one letter make the channels of one group, which leave together; ${groups.toString()
        .split("\n")[0]!}`,
      legend,
      color: (node) => markOf(node)?.color,
      tag: (node) => markOf(node)?.letter,
    }, options),
  );
}

function short(name: string): string {
  return name.replace(/[._/]?weight$/i, "");
}
