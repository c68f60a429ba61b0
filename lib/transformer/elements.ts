import { SyntaxError } from "../errors.ts";

/** The two kinds of sub-layers that a transformer adds to its residual stream. */
export type BlockKind = "attention" | "feed-forward";

/** Name of a sub-layer: `attention.3` is the attention of the fourth layer. */
export type BlockId = `${BlockKind}.${number}`;

/** Name of a part of a sub-layer that can leave by itself: a head, or a group of neurons. */
export type PartId = `attention.${number}.head.${number}` | `feed-forward.${number}.group.${number}`;

/** Name of the switch that makes a layer's attention hard: each query keeps its K largest weights only. */
export type HardId = `hard-attention.${number}`;

/** Name of anything that a search decides on. Numbers count from 0. */
export type ElementId = BlockId | PartId | HardId;

/**
 * Which elements of a transformer are gone, and in which layers attention is hard: plain JSON, complete in
 * itself.
 */
export interface Configuration {
  /** Groups that the neurons of each feed-forward block are divided into. */
  groups: number;
  /** How many weights each query keeps where attention is hard; a number for each layer, or one for all. */
  k: number | readonly number[];
  /** Whether the weights that hard attention keeps are scaled up to sum to 1. */
  renormalize: boolean;
  /** The elements that are gone, and the switches that are on, in the order of the network. */
  removed: readonly ElementId[];
}

/** Names of the parts of each kind of block. */
const PART: Readonly<Record<BlockKind, "head" | "group">> = {
  attention: "head",
  "feed-forward": "group",
};

/** Name of a block. */
export const blockId = (kind: BlockKind, layer: number): BlockId => `${kind}.${layer}`;

/** Name of a part of a block. */
export const partId = (kind: BlockKind, layer: number, part: number): PartId =>
  `${kind}.${layer}.${PART[kind]}.${part}` as PartId;

/** Name of the switch of a layer's attention. */
export const hardId = (layer: number): HardId => `hard-attention.${layer}`;

/** Parts of an element's name: one is undefined where the name is a whole block's, or a switch's. */
export interface Named {
  /** Kind of the block, or the switch. */
  kind: BlockKind | "hard-attention";
  /** Layer, from 0. */
  layer: number;
  /** Head or group, from 0. */
  part: number | undefined;
}

const NAME =
  /^(?:(attention|feed-forward|hard-attention)\.(\d+)|(attention)\.(\d+)\.head\.(\d+)|(feed-forward)\.(\d+)\.group\.(\d+))$/;

/**
 * Takes an element's name apart.
 *
 * @throws SyntaxError where it is none
 */
export function parseElement(id: string): Named {
  const [, whole, layer, head, headLayer, headPart, group, groupLayer, groupPart] = NAME.exec(id) ?? [];
  const kind = (whole ?? head ?? group) as Named["kind"] | undefined;
  if (kind === undefined) {
    throw new SyntaxError(
      `Cannot read element "${id}": expected a name such as "attention.0", "feed-forward.0", "attention.0.head.3", ` +
        `"feed-forward.0.group.3" or "hard-attention.0"`,
    );
  }
  const part = headPart ?? groupPart;
  return {
    kind,
    layer: Number(layer ?? headLayer ?? groupLayer),
    part: part === undefined ? undefined : Number(part),
  };
}

/** The block that an element is or belongs to; undefined for a switch. */
export function blockOf(id: ElementId): BlockId | undefined {
  const { kind, layer } = parseElement(id);
  return kind === "hard-attention" ? undefined : blockId(kind, layer);
}

const KINDS: readonly Named["kind"][] = ["hard-attention", "attention", "feed-forward"];

/**
 * Elements in the order of the network, each once; what a block that is gone as a whole takes along, its
 * parts and the switch of its attention, is left out.
 */
export function inOrder(removed: Iterable<ElementId>): ElementId[] {
  const all = new Set(removed);
  const placed = [...all].map((id) => ({ id, ...parseElement(id) })).filter(({ id, kind, layer }) => {
    const block = blockId(kind === "hard-attention" ? "attention" : kind, layer);
    return block === id || !all.has(block);
  });
  placed.sort((a, b) =>
    a.layer - b.layer || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.part ?? -1) - (b.part ?? -1)
  );
  return placed.map(({ id }) => id);
}
