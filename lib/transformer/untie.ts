import type { Graph, Node } from "../onnx/model.ts";
import { freeName } from "../onnx/free_name.ts";
import { factsOf } from "../onnx/operators/table.ts";
import { consumers, namesOf, producers, type Use } from "../onnx/topology.ts";
import type { ChannelGroup, ChannelGroups } from "../prune/channel_groups.ts";
import { isOpen } from "../prune/channels/axis.ts";
import type { Branch } from "./find_branches.ts";

/** Channels that are to leave from what a block's projection reads, and from nowhere else. */
export interface Cut {
  /** The block. */
  block: Pick<Branch, "projection">;
  /** Group of the channels. */
  group: ChannelGroup;
  /** The channels of it that leave, ascending. */
  removed: number[];
}

/** Nodes and stored tensors that are made twice, so that some blocks have one of their own. */
interface Split {
  /** Nodes of these blocks that hold the channels. */
  own: ReadonlySet<Node>;
  /** Nodes among those that others read too. */
  copied: ReadonlySet<Node>;
  /** New names of what they give, and of stored tensors. */
  renamed: ReadonlyMap<string, string>;
}

/** What is around the blocks. */
interface Around {
  graph: Graph;
  /** The node that makes each value. */
  maker: ReadonlyMap<string, Node>;
  /** Who reads each value. */
  uses: ReadonlyMap<string, readonly Use[]>;
  /** Values and stored tensors along which channels lie, by the channels' group. */
  carriers: ReadonlyMap<number, ReadonlySet<string>>;
  /** Nodes of which nothing but the sizes of what they give is asked. */
  forSizes: ReadonlySet<Node>;
  /** Names that are no longer free. */
  taken: Set<string>;
}

/**
 * The graph in which blocks that lose different channels of one group share nothing that has these channels:
 * no weights, as the layers of ALBERT do, and no computed values, as layers with one table of relative
 * positions, or one mask for all heads. What others read too stays as it is, and is copied for the blocks
 * that lose something; blocks that lose the same keep sharing. The same graph where nothing is shared.
 *
 * @param channels those of the graph that is untied
 */
export function untie(channels: ChannelGroups, cuts: readonly Cut[]): Graph {
  const { graph } = channels.model;
  const alike = Map.groupBy(cuts, ({ group, removed }) => `${group.id}: ${removed}`);
  const uses = consumers(graph);
  const around: Around = {
    graph,
    maker: producers(graph),
    uses,
    carriers: carriersOf(channels),
    forSizes: nodesForSizes(graph, uses),
    taken: namesOf(graph),
  };
  const splits = [...alike.values()].map((same) => splitOff(around, same))
    .filter(({ renamed }) => renamed.size > 0);
  if (splits.length === 0) return graph;
  const initializers = new Map(graph.initializers);
  const values = new Map(graph.values);
  for (const { renamed } of splits) {
    for (const [name, copy] of renamed) {
      const [tensor, value] = [initializers.get(name), values.get(name)];
      if (tensor) initializers.set(copy, tensor);
      if (value) values.set(copy, value);
    }
  }
  return { ...graph, nodes: graph.nodes.flatMap((node) => withCopies(node, splits)), initializers, values };
}

/** A node as it is, or reading copies where it is one block's own, behind its copies. */
function withCopies(node: Node, splits: readonly Split[]): Node[] {
  const copies: Node[] = [];
  let left = node;
  for (const { own, copied, renamed } of splits) {
    const named = (names: readonly string[]) => names.map((name) => renamed.get(name) ?? name);
    const inputs = named(node.inputs);
    if (copied.has(node)) {
      const { name: _, ...unnamed } = node;
      copies.push({ ...unnamed, inputs, outputs: named(node.outputs) });
    } else if (own.has(node)) left = { ...node, inputs };
  }
  return [...copies, left];
}

/** What has to be made twice, so that cuts of the same channels reach what their blocks read alone. */
function splitOff({ graph, maker, uses, carriers, forSizes, taken }: Around, cuts: readonly Cut[]): Split {
  const carries = carriers.get(cuts[0]!.group.id) ?? new Set();
  const own = new Set(cuts.map(({ block }) => maker.get(block.projection)!));
  // A set is walked to its end, with what is added on the way.
  for (const node of own) {
    for (const input of node.inputs) {
      const before = carries.has(input) ? maker.get(input) : undefined;
      if (before) own.add(before);
    }
  }
  const copied = new Set<Node>();
  // Who asks for a size alone is told the new one by what cuts.
  const elsewhere = (use: Use) =>
    (!own.has(use.node) || copied.has(use.node)) && !forSizes.has(use.node) && !asksForSize(use);
  const isShared = (name: string) => carries.has(name) && (uses.get(name) ?? []).some(elsewhere);
  // From the back, so that it is known of each reader whether it is copied itself.
  for (const node of graph.nodes.toReversed()) {
    if (own.has(node) && node.outputs.some(isShared)) copied.add(node);
  }
  const inputs = new Set([...own].flatMap((node) => node.inputs));
  const stored = [...inputs].filter((name) => graph.initializers.has(name) && isShared(name));
  const outputs = [...copied].flatMap((node) => node.outputs).filter(Boolean);
  const renamed = new Map([...stored, ...outputs].map((name) => [name, freeName(taken, name)]));
  return { own, copied, renamed };
}

const asksForSize = ({ node, index }: Use): boolean => factsOf(node).sizes?.includes(index) ?? false;

/** Nodes that nobody would miss who did not ask for sizes, such as a reshape before a `Shape`. */
function nodesForSizes({ nodes, outputs }: Graph, uses: ReadonlyMap<string, readonly Use[]>): Set<Node> {
  const found = new Set<Node>();
  for (const node of nodes.toReversed()) {
    const isAsked = (use: Use) => asksForSize(use) || found.has(use.node);
    if (node.outputs.every((name) => !outputs.includes(name) && (uses.get(name) ?? []).every(isAsked))) {
      found.add(node);
    }
  }
  return found;
}

/** Values and stored tensors along which channels lie, by the channels' group. */
function carriersOf({ traced: { values, stored, atoms }, groupOf }: ChannelGroups): Map<number, Set<string>> {
  const carriers = new Map<number, Set<string>>();
  const add = (name: string, labels: Int32Array) => {
    for (const id of new Set(labels.map((label) => groupOf[atoms.find(label)] ?? -1))) {
      const names = carriers.get(id);
      if (names) names.add(name);
      else carriers.set(id, new Set([name]));
    }
  };
  for (const [name, axes] of values) for (const axis of axes) if (isOpen(axis)) add(name, axis.labels);
  for (const { tensor, labels } of stored) add(tensor, labels);
  return carriers;
}
