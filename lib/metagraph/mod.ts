/**
 * Networks as graphs of channels, and back: the nodes of a {@linkcode MetaGraph} are channels, its edges the kernels
 * between them, and {@linkcode fromMetaGraph} gives the model again, bit for bit.
 *
 * @module
 */
export { metaGraph, type MetaGraphOptions } from "./convert.ts";
export { coverageOf, type CoverageRow } from "./coverage.ts";
export {
  type BlockUse,
  type Carried,
  type EdgeBlock,
  type LayerKind,
  type LayerView,
  MetaGraph,
  type NodeLayer,
  type NodeUse,
  type Tap,
} from "./meta_graph.ts";
export { fromMetaGraph } from "./restore.ts";
