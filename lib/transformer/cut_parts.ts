import { TypeError } from "../errors.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import type { Graph, Model } from "../onnx/model.ts";
import { producers } from "../onnx/topology.ts";
import { type ChannelGroups, channelGroups } from "../prune/channel_groups.ts";
import { prune } from "../prune/prune.ts";
import { PruningPlan } from "../prune/pruning_plan.ts";
import { checksum } from "../prune/removal.ts";
import { channelsReadBy } from "./channels_read.ts";
import type { BlockState } from "./configuration.ts";
import type { Block } from "./transformer.ts";
import { type Cut, untie } from "./untie.ts";

/**
 * The model whose weights are without the parts that do not stay, where some of a block's do. Where blocks
 * that share weights lose different parts, each has weights of its own then ({@linkcode untie}).
 *
 * @throws TypeError where the parts do not follow from stored numbers, or go with what has to stay
 */
export function cutParts(model: Model, states: ReadonlyMap<Block, BlockState>): Model {
  let whole = model;
  let groups = channelGroups(model);
  let cuts = cutsOf(groups, states);
  if (cuts.length === 0) return model;
  const untied = untie(groups, cuts);
  if (untied !== groups.model.graph) {
    whole = removeDeadCode(groups.model.withGraph(declared(untied, model.graph)));
    groups = channelGroups(whole);
    cuts = cutsOf(groups, states);
  }
  requireAlone(groups, cuts, states);
  const byGroup = new Map(cuts.map((cut) => [cut.group.id, cut]));
  const planned = [...byGroup.values()].map(({ group: { id, name, channels }, removed }) => (
    { id, name, channels, removed, importance: new Float64Array(channels) }
  ));
  const nothing = { macs: NaN, parameters: NaN, bytes: NaN };
  const plan = new PruningPlan({
    target: { parameters: 1 },
    groups: planned,
    protected: [],
    boundaries: [],
    before: nothing,
    after: nothing,
    reachable: nothing,
    checksum: checksum(groups),
  });
  return prune(whole, plan);
}

/** The graph with notes about the values that its file spoke of, and no others. */
export function declared(graph: Graph, { values }: Graph): Graph {
  return { ...graph, values: new Map([...graph.values].filter(([name]) => values.has(name))) };
}

/** Channels that leave, for each block that is in the graph and loses some of its parts. */
function cutsOf(groups: ChannelGroups, states: ReadonlyMap<Block, BlockState>): Cut[] {
  const made = producers(groups.model.graph);
  const readBy = channelsReadBy(groups);
  return [...states].flatMap(([block, { absent, kept }]) => {
    if (absent || kept.length === block.parts || kept.length === 0 || !made.has(block.projection)) return [];
    const read = readBy(block);
    const stays = new Set(kept);
    const [left, gone] = [true, false].map((staying) =>
      new Set(read?.channelOf.filter((_, column) => stays.has(block.partOf[column]!) === staying))
    ) as [Set<number>, Set<number>];
    if (!read || !left.isDisjointFrom(gone)) {
      throw new TypeError(
        `Cannot remove parts of "${block.id}": what is left in front of "${block.weight}" must stay; ` +
          `remove the block, or keep it whole`,
      );
    }
    return [{ block, group: read.group, removed: [...gone].sort((a, b) => a - b) }];
  });
}

/** Throws TypeError where a group that is cut is read by a block that does not lose the same. */
function requireAlone(
  groups: ChannelGroups,
  cuts: readonly Cut[],
  states: ReadonlyMap<Block, BlockState>,
): void {
  const cutOf = new Map<Pick<Block, "projection">, Cut>(cuts.map((cut) => [cut.block, cut]));
  const readBy = channelsReadBy(groups);
  const reads = [...states.keys()].map((block) => [block, readBy(block)?.group] as const);
  for (const { group, removed, block } of cuts) {
    for (const [other, read] of reads) {
      if (read !== group || `${cutOf.get(other)?.removed}` === `${removed}`) continue;
      const names = [...states.keys()].filter((each) => each === block || each === other);
      throw new TypeError(
        `Cannot remove parts of ${names.map(({ id }) => `"${id}"`).join(" and ")} apart: they are computed ` +
          `together; remove the same parts of both, or whole blocks`,
      );
    }
  }
}
