import type { EdgeBlock, KernelPosition, LayerKind } from "./meta_graph.ts";
import { BLANK, range, type Scores } from "./axis_layout.ts";
import { columnOf, SLOTS } from "./slots.ts";

/** A layer under construction. Its nodes are numbered from `start` on, across all layers. */
export interface DraftLayer {
  /** Name of the value whose channels the nodes are. */
  name: string;
  /** Kind of the nodes: an input, features of a layer, a boundary. */
  kind: LayerKind;
  /** Operator of the node that makes the value. */
  op: string;
  /** Number of the first node. */
  start: number;
  /** Number of nodes. */
  channels: number;
  /** Positions of the value beside batch and channels, as pixels or tokens; 0 where unknown. */
  pixels: number;
  /** Stride of the convolution that makes the value. Default 1. */
  stride: number;
  /** Whether the value is an output of the model. */
  output: boolean;
  /** Channels of one attention head, where the value has heads. */
  headSize?: number;
  /** Whether a parameter is there, by node and slot, [channels, SLOTS.length]. */
  taken: Uint8Array;
  /** The layer whose nodes are these nodes. */
  alias?: DraftLayer;
}

/** Description of a layer that is opened. */
export type LayerWords = Pick<DraftLayer, "name" | "kind" | "op"> & Partial<DraftLayer>;

/** Edges between nodes by number. */
export interface DraftBlock extends Pick<EdgeBlock, "name" | "kind" | "role"> {
  /** Kernel positions of each edge, one column of features each. */
  taps: readonly KernelPosition[];
  /** Numbers of the nodes that send. */
  from: Int32Array;
  /** Numbers of the nodes that receive; in a diagonal block, as many as send. */
  to: Int32Array;
  /** Where the features are in a stored tensor, for weights. */
  weight?: { tensor: string; rows: Int32Array; columns: Int32Array; taps: Int32Array };
}

/** Parameters that nodes of one layer carry: element `elements[k]` at node `nodes[k]`. */
export interface Attachment {
  /** Name of the stored tensor. */
  tensor: string;
  /** Name of the column of node features. */
  slot: string;
  /** Number of each node that carries one. */
  nodes: Int32Array;
  /** Element of the tensor at each node, as long as `nodes`. */
  elements: Int32Array;
}

/** A vector of parameters, one element per channel. */
export type Vector = Pick<Attachment, "tensor" | "elements">;

/** A graph under construction. */
export class MetaGraphBuilder {
  readonly layers: DraftLayer[] = [];
  readonly blocks: DraftBlock[] = [];
  attachments: Attachment[] = [];
  /** Products of queries and keys. */
  readonly attentions: Scores[] = [];
  /** Why stored tensors are not carried, as far as it is known. */
  readonly passed: Map<string, string> = new Map();
  #nodes = 0;

  /** Numbers of the nodes of a new layer. */
  open(channels: number, words: LayerWords): Int32Array {
    const start = this.#nodes;
    this.#nodes += channels;
    this.layers.push({
      pixels: 0,
      stride: 1,
      output: false,
      ...words,
      start,
      channels,
      taken: new Uint8Array(channels * SLOTS.length),
    });
    return range(channels).map((i) => start + i);
  }

  /** The layer of a node, as it was opened. */
  layerOf(node: number): DraftLayer {
    let [low, high] = [0, this.layers.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.layers[middle]!.start <= node) low = middle;
      else high = middle - 1;
    }
    return this.layers[low]!;
  }

  /** The layer whose nodes these are, all of them and in order. */
  wholeLayer(labels: Int32Array): DraftLayer | undefined {
    const layer = labels.length > 0 && labels[0] !== BLANK ? this.layerOf(labels[0]!) : undefined;
    if (layer?.channels !== labels.length) return undefined;
    return labels.every((label, i) => label === layer.start + i) ? layer : undefined;
  }

  /** Puts vectors into the first choice of slots that is free at all nodes; whether there was one. */
  attach(labels: Int32Array, vectors: readonly Vector[], choices: readonly (readonly string[])[]): boolean {
    const places = Array.from(labels, (node) => {
      const { taken, start } = this.layerOf(node);
      return { taken, at: (node - start) * SLOTS.length };
    });
    const choice = choices.find((slots) =>
      slots.every((slot) => places.every(({ taken, at }) => taken[at + columnOf(slot)] === 0))
    );
    if (!choice) return false;
    vectors.forEach(({ tensor, elements }, i) => {
      const slot = choice[i]!;
      for (const { taken, at } of places) taken[at + columnOf(slot)] = 1;
      const byLayer = Map.groupBy(labels.keys(), (k) => this.layerOf(labels[k]!));
      for (const positions of byLayer.values()) {
        const [nodes, there] = [labels, elements].map((list) => Int32Array.from(positions, (k) => list[k]!));
        this.attachments.push({ tensor, slot, nodes: nodes!, elements: there! });
      }
    });
    return true;
  }

  /** Whether any of these nodes has something in a slot. */
  has(labels: Int32Array, slot: string): boolean {
    return labels.some((node) => {
      const { taken, start } = this.layerOf(node);
      return taken[(node - start) * SLOTS.length + columnOf(slot)] === 1;
    });
  }

  /**
   * Edges that pass values on as they are, node by node. Where a node appears several times, in several
   * blocks, so that none does within a block; places without a node have no edge.
   */
  join(name: string, from: Int32Array, to: Int32Array, role: "identity" | "coupling"): void {
    const rounds: number[][] = [];
    // The round in which a node is next free, on either side.
    const [sources, targets] = [new Map<number, number>(), new Map<number, number>()];
    for (let i = 0; i < from.length; i++) {
      if (from[i] === BLANK || to[i] === BLANK) continue;
      const round = Math.max(sources.get(from[i]!) ?? 0, targets.get(to[i]!) ?? 0);
      sources.set(from[i]!, round + 1);
      targets.set(to[i]!, round + 1);
      (rounds[round] ??= []).push(i);
    }
    for (const places of rounds) {
      const [a, b] = [from, to].map((side) => Int32Array.from(places, (i) => side[i]!));
      this.blocks.push({ name, kind: "diagonal", role, taps: [[0, 0]], from: a!, to: b! });
    }
  }

  /** Says why a stored tensor is not carried; the first reason counts. */
  pass(tensor: string, why: string): void {
    if (!this.passed.has(tensor)) this.passed.set(tensor, why);
  }

  /**
   * Makes the nodes of a layer those of another of the same length; whether its parameters found free slots.
   */
  merge(from: DraftLayer, into: DraftLayer): boolean {
    const free = (slot: string) => !this.has(range(into.channels).map((i) => into.start + i), slot);
    const used = new Set(
      this.attachments.filter(({ nodes }) => nodes.some((node) => this.layerOf(node) === from))
        .map(({ slot }) => slot),
    );
    const norm = (slot: string) => /^norm2?\./.test(slot);
    const moved = new Map<string, string>();
    const norms = ["norm", "norm2"].filter((name) => [...used].some((slot) => slot.startsWith(`${name}.`)));
    const targets = ["norm", "norm2"].filter((name) =>
      SLOTS.every(({ name: slot }) => !slot.startsWith(`${name}.`) || free(slot))
    );
    const biases = ["bias", "bias2"].filter(free);
    for (const slot of used) {
      const [name, part] = slot.split(".");
      const target = norm(slot)
        ? targets[norms.indexOf(name!)] && `${targets[norms.indexOf(name!)]}.${part}`
        : slot.startsWith("bias")
        ? biases.shift()
        : free(slot)
        ? slot
        : undefined;
      if (target === undefined) return false;
      moved.set(slot, target);
    }
    from.alias = into;
    this.attachments = this.attachments.map((attachment) => {
      const { nodes, slot } = attachment;
      if (this.layerOf(nodes[0]!) !== from) return attachment;
      const there = nodes.map((node) => node - from.start + into.start);
      for (const node of there) {
        into.taken[(node - into.start) * SLOTS.length + columnOf(moved.get(slot)!)] = 1;
      }
      return { ...attachment, slot: moved.get(slot)!, nodes: there };
    });
    return true;
  }
}
