import { groupMarks } from "../../drawings/group_marks.ts";
import { networkBoxes } from "../../plot/network_boxes.ts";
import type { ChannelGroups } from "../../prune/channel_groups.ts";

/** A row of a network's drawing: an operator with what is done to its result, an input or an output. */
export interface NetworkRow {
  /** Words on the box: the operator, and its size. */
  label: string;
  /** Name of its weight; none where it has none. */
  tensor?: string | undefined;
  /** The group that most of the channels belong to that it makes. */
  group?: number;
  /** A letter where the group runs through several layers that are coloured. */
  letter?: string | undefined;
  /** Colour of the group, `#rrggbb`. */
  color?: string;
  /** Why the group must stay, where it must. */
  why?: string | undefined;
}

/** A network as rows from top to bottom, and what leads from one to another. */
export interface NetworkDrawing {
  /** Rows in an order in which all that one reads stands above it. */
  rows: NetworkRow[];
  /** Numbers of rows, from who makes to who reads. */
  edges: (readonly [from: number, to: number])[];
}

/** The rows of a network, with the groups of the channels that they make. */
export function networkDrawing(groups: ChannelGroups): NetworkDrawing {
  const { boxes, arrows } = networkBoxes(groups.model);
  const { markOf } = groupMarks(groups);
  const place = new Map(boxes.map(({ id }, i) => [id, i]));
  const rows = boxes.map(({ label, nodes }): NetworkRow => {
    const marked = nodes.map((node) => ({ node, mark: markOf(node) })).findLast(({ mark }) => mark);
    if (!marked?.mark) return { label };
    const { group, letter, color } = marked.mark;
    const tensor = nodes[0]!.inputs.find((input) => groups.model.graph.initializers.has(input));
    return {
      label,
      tensor,
      group: group.id,
      color,
      letter,
      why: group.protectedBy[0],
    };
  });
  const edges = arrows.map(({ from, to }) => [place.get(from)!, place.get(to)!] as const);
  return { rows, edges };
}
