import type { Value } from "../onnx/builder.ts";

/**
 * Features as values of a graph: [channels, nodeFeatures] by layer, and [to, from, taps] or [nodes, taps] by
 * block.
 */
export interface MetaFeatures {
  /** Node features of each layer, [channels, nodeFeatures]. */
  nodes: readonly Value[];
  /** Edge features of each block, [to, from, taps], or [nodes, taps] in a diagonal one. */
  edges: readonly Value[];
}
