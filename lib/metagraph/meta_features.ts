import type { Value } from "../onnx/builder.ts";

/**
 * Features as values of a graph: [channels, nodeFeatures] by layer, and [to, from, taps] or [nodes, taps] by
 * block.
 */
export interface MetaFeatures {
  nodes: readonly Value[];
  edges: readonly Value[];
}
