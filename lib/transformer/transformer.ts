import { COUNT, requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import type { Model } from "../onnx/model.ts";
import { requireOptions } from "../options.ts";
import { type ChannelGroup, channelGroups } from "../prune/channel_groups.ts";
import { type ChannelsRead, channelsReadBy } from "./channels_read.ts";
import { type BlockId, blockId, type BlockKind, type ElementId, hardId, partId } from "./elements.ts";
import { type Branch, findBranches } from "./find_branches.ts";
import { notesOf } from "./notes.ts";

/** A sub-layer of a transformer: a branch that is added to the residual stream. */
export interface Block extends Branch {
  /** Name of the block. */
  id: BlockId;
  /** Counted from 0 among the blocks of its kind. */
  layer: number;
  /** Heads, or groups of neurons, that can leave by themselves; 1 where they leave all together. */
  parts: number;
  /** The part that each column of the output projection reads. */
  partOf: Int32Array;
  /**
   * The channel group whose channels are the heads or neurons, the same for blocks that share weights;
   * undefined where they leave all together.
   */
  group: ChannelGroup | undefined;
  /** Part of each channel of that group; of the only part, where there is no group. */
  partOfChannel: Int32Array;
}

/** A transformer, found in a graph: result of {@linkcode transformerOf}. */
export interface Transformer {
  /** The model that the blocks speak of: constants are initializers, shapes are known. */
  model: Model;
  /** Blocks in the order of the graph. */
  blocks: readonly Block[];
  /** Number of groups asked for. */
  groups: number;
}

/** Settings of {@linkcode transformerOf}. */
export interface TransformerOptions {
  /** Groups that the neurons of each feed-forward block are divided into, as even as can be. Default 12. */
  groups?: number | undefined;
}

/** The paper's number of groups, for BERT: 12 of 256 neurons. */
const GROUPS = 12;

/**
 * Finds the blocks of a transformer in any ONNX graph, whoever wrote it: BERT, DistilBERT, ViT and GPT-2 as
 * PyTorch's exporters write them, and models of `lib/nn`.
 *
 * A block is a branch into the residual stream: an addition of two computed values, of which one comes from
 * a projection by a stored weight. What that projection reads makes it attention (a product of attention
 * weights and values) or feed-forward (elementwise functions of another projection). Which columns make a
 * head is what `channelGroups` finds: channels that stand or fall together.
 *
 * In a network that parts were removed from, a block with one part left has no others.
 *
 * @throws TypeError where the graph has no such block; RangeError where `groups` is not a whole number from
 * 1; SyntaxError where notes of an earlier removal cannot be read
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { vit } from "../nn/vit.ts";
 *
 * const model = vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 16, classes: 3 });
 * const { blocks } = transformerOf(model, { groups: 8 });
 * assert.deepEqual(blocks.map(({ id, parts }) => `${id}: ${parts}`), [
 *   "attention.0: 4",
 *   "feed-forward.0: 8",
 *   "attention.1: 4",
 *   "feed-forward.1: 8",
 * ]);
 * ```
 */
export function transformerOf(model: Model, options: TransformerOptions = {}): Transformer {
  requireOptions("transformerOf", options, { groups: true });
  const { groups = GROUPS } = options;
  requireNumbers("divide neurons", { groups }, COUNT);
  const channels = channelGroups(model);
  const readBy = channelsReadBy(channels);
  const counts: Record<BlockKind, number> = { attention: 0, "feed-forward": 0 };
  // The last part that was left of a block stays one, whatever it is made of: queries that share a key.
  const single = new Set(notesOf(model)?.filter(({ kept }) => kept?.length === 1).map(({ at }) => at));
  const blocks = findBranches(channels.model.graph).map((branch): Block => {
    const layer = counts[branch.kind]++;
    const read = single.has(branch.projection) ? undefined : readBy(branch);
    return { ...branch, id: blockId(branch.kind, layer), layer, ...partsOf(branch, read, groups) };
  });
  if (blocks.length === 0) {
    throw new TypeError(
      `Cannot find a transformer in model "${model.graph.name}": no addition to a residual stream comes from a ` +
        `projection of attention or of a feed-forward layer; ${expectedOf(channels.model)}`,
    );
  }
  return { model: channels.model, blocks, groups };
}

/** Operators of whole numbers: their weights are none that could be cut. */
const QUANTIZED = /Integer$|^QLinear|QuantizeLinear$|^DequantizeLinear$/;

/** What a graph without blocks should be instead. */
function expectedOf({ graph }: Model): string {
  return graph.nodes.some((node) => QUANTIZED.test(node.op))
    ? "its layers compute with whole numbers, which cannot be cut: give the network before it was quantized, or what " +
      "quantizeWeights makes of it"
    : "expected nodes as PyTorch's exporters write them, not fused ones";
}

/** How the columns of a projection divide into heads, or neurons into groups. */
function partsOf(
  branch: Branch,
  read: ChannelsRead | undefined,
  groups: number,
): Pick<Block, "parts" | "partOf" | "group" | "partOfChannel"> {
  const { kind, width } = branch;
  if (!read || !hasWholeHeads(branch, read)) {
    return { parts: 1, partOf: new Int32Array(width), group: undefined, partOfChannel: new Int32Array(1) };
  }
  const { group, channelOf } = read;
  const parts = kind === "attention" ? group.channels : Math.min(groups, group.channels);
  const partOfChannel = new Int32Array(group.channels);
  // In the order of the columns, where each channel stands first.
  [...new Set(channelOf)].forEach((channel, place) => {
    partOfChannel[channel] = Math.floor(place * parts / group.channels);
  });
  return { parts, partOf: channelOf.map((channel) => partOfChannel[channel]!), group, partOfChannel };
}

/** Whether no head has several channels. Of a single head each dimension is a channel of its own. */
function hasWholeHeads({ kind, headWidth = 1 }: Branch, { channelOf }: ChannelsRead): boolean {
  return kind === "feed-forward" ||
    channelOf.every((channel, column) => channel === channelOf[column - column % headWidth]);
}

/** Throws TypeError where what was given is no transformer, such as the model itself. */
export function requireTransformer(action: string, transformer: object): void {
  if ("blocks" in Object(transformer) && "groups" in Object(transformer)) return;
  throw new TypeError(
    `Cannot ${action} with ${
      givenInWords(transformer)
    } as the transformer: expected what transformerOf(model) gives`,
  );
}

/** Names of all elements: each block, its parts, and the switch of its attention, where that can be hard. */
export function elementsOf(transformer: Transformer): ElementId[] {
  requireTransformer("list elements", transformer);
  return transformer.blocks.flatMap(({ id, kind, layer, parts, product }) => [
    ...(product ? [hardId(layer)] : []),
    id,
    ...Array.from({ length: parts }, (_, part) => partId(kind, layer, part)),
  ]);
}
