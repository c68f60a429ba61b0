import { Tensor } from "../tensor/tensor.ts";
import type { LayerKind, NodeLayer } from "./meta_graph.ts";
import { SLOTS } from "./slots.ts";

const KINDS: readonly LayerKind[] = ["input", "weighted", "merge", "boundary"];

/**
 * The columns of node contexts: for each slot whether a parameter is there, 0 or 1; what kind of layer it is,
 * one of four is 1; where it stands and how large it is. Sizes are logarithms to base 2 of 1 + size. The same
 * for all nodes of a layer but for the first columns, so that nodes of equal parameters are equal.
 */
export const CONTEXT: readonly string[] = [
  ...SLOTS.map(({ name }) => `has ${name}`),
  ...KINDS.map((kind) => `is ${kind}`),
  "is output",
  "depth",
  "log channels",
  "log fan-in",
  "log fan-out",
  "log stride",
  "log pixels",
  "log head size",
];

/** Facts that the builder knows of a layer's nodes. */
export interface LayerFacts {
  /** Whether a parameter is there, by node and slot, [channels, SLOTS.length]. */
  taken: Uint8Array;
  /** Stride of the convolution that makes the layer; 1 elsewhere. */
  stride: number;
  /** Number of inputs that each node of the layer sums over. */
  fanIn: number;
  /** Number of outputs that each node of the layer takes part in. */
  fanOut: number;
}

/** Context columns of the nodes of a layer, [channels, columns]. */
export function contextOf(
  layer: Omit<NodeLayer, "context">,
  { taken, stride, fanIn, fanOut }: LayerFacts,
): Tensor {
  const { channels, kind, output, depth, pixels, headSize = 0 } = layer;
  const sizes = [channels, fanIn, fanOut, stride, pixels, headSize].map((size) => Math.log2(1 + size));
  const common = [...KINDS.map((other) => Number(other === kind)), Number(output), depth, ...sizes];
  const data = new Float32Array(channels * CONTEXT.length);
  for (let node = 0; node < channels; node++) {
    data.set(taken.subarray(node * SLOTS.length, (node + 1) * SLOTS.length), node * CONTEXT.length);
    data.set(common, node * CONTEXT.length + SLOTS.length);
  }
  return new Tensor("float32", data, [channels, CONTEXT.length]);
}
