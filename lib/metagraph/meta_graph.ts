import { TypeError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { describeGraph } from "./coverage.ts";

/** Kind of the nodes of a layer. */
export type LayerKind =
  /** Channels that are fed in: of an input of the model, or the words of an embedding's table. */
  | "input"
  /** Channels that a weight makes. */
  | "weighted"
  /** Channels that only join or copy others, by identity edges. */
  | "merge"
  /** Channels that an operator outside the table makes: nothing is known of what is behind them. */
  | "boundary";

/** One layer of nodes; a node is a channel, a neuron, a dimension of attention, or a logit. */
export interface NodeLayer {
  /** Name of the layer, after the tensor or value that makes it. */
  readonly name: string;
  /** Origin of the layer's channels. */
  readonly kind: LayerKind;
  /** Number of nodes. */
  readonly channels: number;
  /** Features of the nodes, float32 [channels, slots]; the columns are {@linkcode MetaGraph.slots}. */
  readonly features: Tensor;
  /**
   * Facts of the nodes that are never written back, float32 [channels, columns of {@linkcode
   * MetaGraph.context}].
   */
  readonly context: Tensor;
  /** Operator that makes the nodes, such as `Conv`. */
  readonly op: string;
  /** Place of the layer, from 0 (the inputs) to 1 (the last layer). */
  readonly depth: number;
  /** Whether the nodes are outputs of the model. */
  readonly output: boolean;
  /** Pixels (or tokens) per node, 1 where there are none, 0 where unknown. */
  readonly pixels: number;
  /** Nodes per head of attention; absent outside attention. */
  readonly headSize?: number;
}

/**
 * An ordered choice of nodes, none of them twice: the layers one after the other, and of those the nodes at
 * `indices`, or all of them in order where that is absent. A concatenation is several layers; a split or a
 * channel shuffle is indices.
 */
export interface LayerView {
  /** Indices into {@linkcode MetaGraph.layers}. */
  readonly layers: readonly number[];
  /** Positions in the concatenation of these layers. */
  readonly indices?: Int32Array;
  /** Number of nodes. */
  readonly length: number;
}

/**
 * The place of a tap in its kernel, relative to the kernel's centre: [dy, dx], [0, 0] for a linear layer; for
 * one on a flattened map the place in the map. Further numbers tell apart taps of the same place: the depth
 * in a 3-d kernel, or 0, 1, 2 for query, key and value of one fused weight.
 */
export type KernelPosition = readonly number[];

/** Edges between nodes of two views that all have the same taps. */
export interface EdgeBlock {
  /** Name of the block, after the tensor that holds the weights, or the value that an identity joins. */
  readonly name: string;
  /**
   * `"dense"`: an edge from every node of `from` to every node of `to`, features [to, from, taps].
   * `"diagonal"`: an edge from each node of `from` to the one at its place in `to`, features [length, taps].
   */
  readonly kind: "dense" | "diagonal";
  /**
   * `"weight"`: the features are parameters. `"identity"`: a value is passed on or added as it is (a residual
   * connection), features are 1. `"coupling"`: two values are multiplied and summed over (query and key),
   * features are 1. What is written to the latter two is thrown away.
   */
  readonly role: "weight" | "identity" | "coupling";
  /** The side that is read: input channels. */
  readonly from: LayerView;
  /** The side that is made: output channels. */
  readonly to: LayerView;
  /** Raw values, float32; see `kind`. A view of the model's own tensor where its order in memory allows. */
  readonly features: Tensor;
  /** Places of the taps, as many as the last axis of `features` has entries. */
  readonly taps: readonly KernelPosition[];
}

/**
 * Where a block holds a tensor. Of a dense block, the feature [o, i, t] is element
 * `rows[o] + columns[i] + taps[t]` of the tensor, counted in its order in memory; of a diagonal one the
 * feature [k, t] is element `rows[k] + taps[t]`. A tap of −1 is padding that holds nothing.
 */
export interface BlockUse {
  /** Index into {@linkcode MetaGraph.blocks}. */
  readonly block: number;
  /** Offset of each node of the side that is made, [to.length]. */
  readonly rows: Int32Array;
  /** Offset of each node of the side that is read, [from.length]; empty for a diagonal block. */
  readonly columns: Int32Array;
  /** Offset of each tap, [taps.length]; −1 for padding. */
  readonly taps: Int32Array;
}

/** Where a layer holds a tensor: element `elements[k]` is the feature [`channels[k]`, `slot`]. */
export interface NodeUse {
  /** Index into {@linkcode MetaGraph.layers}. */
  readonly layer: number;
  /** Column of the layer's features. */
  readonly slot: number;
  /** Nodes of the layer that hold an element, [elements.length]. */
  readonly channels: Int32Array;
  /** Element of the tensor at each of `channels`, as long, in the tensor's order in memory. */
  readonly elements: Int32Array;
}

/** State of one stored tensor of the model in the graph. */
export type Carried =
  /**
   * The graph holds the tensor of shape `dims`, or the part that the model reads, in these places: several
   * where a weight has groups, or is shared.
   */
  | {
    readonly state: "carried";
    readonly dims: readonly number[];
    readonly uses: readonly (BlockUse | NodeUse)[];
  }
  /** The graph does not hold the tensor, which is copied from the model, for this reason. */
  | { readonly state: "passed"; readonly why: string };

/**
 * A network as a graph of channels: nodes in layers, edges in blocks between layers. All tensors are dense
 * and float32. Result of {@linkcode metaGraph}; {@linkcode fromMetaGraph} is the way back.
 */
export class MetaGraph {
  /** Name of the model. */
  readonly name: string;
  /** Layers of nodes, in the order of the model. */
  readonly layers: readonly NodeLayer[];
  /** Blocks of edges, in the order of the model. */
  readonly blocks: readonly EdgeBlock[];
  /** Names of the columns of node features, such as `"norm.scale"`. */
  readonly slots: readonly string[];
  /** Names of the columns of node contexts, such as `"depth"`; none in the published layouts. */
  readonly context: readonly string[];
  /** For each stored tensor of the model by name, where it is. */
  readonly manifest: ReadonlyMap<string, Carried>;

  /** Made by {@linkcode metaGraph}. */
  constructor(fields: Pick<MetaGraph, "name" | "layers" | "blocks" | "slots" | "context" | "manifest">) {
    this.name = fields.name;
    this.layers = fields.layers;
    this.blocks = fields.blocks;
    this.slots = fields.slots;
    this.context = fields.context;
    this.manifest = fields.manifest;
  }

  /** Number of nodes. */
  get nodes(): number {
    return this.layers.reduce((sum, { channels }) => sum + channels, 0);
  }

  /** Number of edges. */
  get edges(): number {
    return this.blocks.reduce((sum, { features, taps }) => sum + features.size / taps.length, 0);
  }

  /** The size of the graph, and what of the model is in it and what is not, and why. */
  toString(): string {
    return printable(describeGraph(this));
  }

  /** Text that a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** MIME bundle that a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }

  /**
   * The graph with other features, as a metanetwork makes them: one tensor per layer and one per block, of
   * the shapes there are.
   *
   * @throws TypeError where a tensor is missing or of another type or shape
   */
  withFeatures(nodes: readonly Tensor[], edges: readonly Tensor[]): MetaGraph {
    const fill = <T extends { readonly name: string; readonly features: Tensor }>(
      what: string,
      places: readonly T[],
      tensors: readonly Tensor[],
    ): T[] => {
      if (tensors.length !== places.length) {
        throw new TypeError(
          `Cannot give the graph other ${what} features: expected ${places.length} tensors, got ${tensors.length}`,
        );
      }
      return places.map((place, i) => {
        const [{ features }, tensor] = [place, tensors[i]!];
        if (tensor.type !== "float32" || tensor.dims.join() !== features.dims.join()) {
          throw new TypeError(
            `Cannot give the ${what}s of "${place.name}" other features: expected float32[${features.dims}], ` +
              `got ${tensor.type}[${tensor.dims}]`,
          );
        }
        return { ...place, features: tensor };
      });
    };
    return new MetaGraph({
      ...this,
      layers: fill("node", this.layers, nodes),
      blocks: fill("edge", this.blocks, edges),
    });
  }
}
