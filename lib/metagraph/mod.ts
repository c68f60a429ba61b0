/**
 * Networks as graphs of channels, and back: the nodes of a {@linkcode MetaGraph} are channels, its edges the
 * kernels between them, and {@linkcode fromMetaGraph} gives the model again, bit for bit.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mod.ts";
 * import { fromMetaGraph, metaGraph } from "./mod.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * const graph = metaGraph(model);
 * assert.deepEqual(fromMetaGraph(model, graph).toOnnx(), model.toOnnx());
 * ```
 *
 * @module
 */
export { metaGraph, type MetaGraphOptions } from "./to_meta_graph.ts";
export { coverageOf, type CoverageRow } from "./coverage.ts";
export {
  type BlockUse,
  type Carried,
  type EdgeBlock,
  type KernelPosition,
  type LayerKind,
  type LayerView,
  MetaGraph,
  type NodeLayer,
  type NodeUse,
} from "./meta_graph.ts";
export { fromMetaGraph } from "./from_meta_graph.ts";
