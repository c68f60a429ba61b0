import { RangeError, TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import type { Model } from "../onnx/model.ts";
import { requireOptions } from "../options.ts";
import { type ChannelGroup, type ChannelGroups, channelGroups } from "../prune/channel_groups.ts";
import { type BlockId, blockId, type BlockKind, type ElementId, hardId, partId } from "./elements.ts";
import { type Branch, findBranches } from "./find_branches.ts";

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
  /** The channel group whose channels are the heads or neurons; undefined where they leave all together. */
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
 * @throws TypeError where the graph has no such block; RangeError where `groups` is not a whole number from 1
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
  if (!Number.isInteger(groups) || groups < 1) {
    throw new RangeError(`Cannot divide neurons into ${groups} groups: expected a whole number from 1`);
  }
  const channels = channelGroups(model);
  const counts: Record<BlockKind, number> = { attention: 0, "feed-forward": 0 };
  const blocks = findBranches(channels.model.graph).map((branch): Block => {
    const layer = counts[branch.kind]++;
    const group = groupReadBy(channels, branch);
    return { ...branch, id: blockId(branch.kind, layer), layer, ...partsOf(branch, group, groups) };
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

/** The channels that a projection reads, where they may leave: those it makes go to the stream, and stay. */
export function groupReadBy(
  { prunable }: ChannelGroups,
  { weight }: Pick<Branch, "weight">,
): ChannelGroup | undefined {
  return prunable.find(({ slots }) => slots.some(({ tensor }) => tensor === weight));
}

/** How the columns of a projection divide into heads, or neurons into groups. */
function partsOf(
  { kind, weight, width, headWidth }: Branch,
  group: ChannelGroup | undefined,
  groups: number,
): Pick<Block, "parts" | "partOf" | "group" | "partOfChannel"> {
  const slot = group?.slots.find(({ tensor }) => tensor === weight);
  // Of a single head each dimension is a channel of its own: it is no head.
  const whole = slot?.indices.length === width &&
    (kind === "feed-forward" || headWidth === undefined || slot.width % headWidth === 0);
  if (!group || !slot || !whole) {
    return { parts: 1, partOf: new Int32Array(width), group: undefined, partOfChannel: new Int32Array(1) };
  }
  const partOf = new Int32Array(width);
  const firstOf = (channel: number) => slot.indices[channel * slot.width]!;
  const order = Array.from({ length: group.channels }, (_, channel) => channel)
    .sort((a, b) => firstOf(a) - firstOf(b));
  const parts = kind === "attention" ? group.channels : Math.min(groups, group.channels);
  const partOfChannel = new Int32Array(group.channels);
  order.forEach((channel, place) => {
    const part = Math.floor(place * parts / group.channels);
    partOfChannel[channel] = part;
    for (let i = 0; i < slot.width; i++) partOf[slot.indices[channel * slot.width + i]!] = part;
  });
  return { parts, partOf, group, partOfChannel };
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
