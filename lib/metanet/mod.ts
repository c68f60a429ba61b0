/**
 * Meta pruning: a metanetwork reads a trained network as a graph of channels and writes it again with other
 * weights, such that its channels can be removed more easily.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, arXiv 2506.12041.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { resnetCifar } from "../nn/mod.ts";
 * import { applyMetanetwork, metanetworkFor } from "./mod.ts";
 *
 * const model = resnetCifar({ depth: 20, widths: [2, 4, 4] });
 * const rewritten = await applyMetanetwork(model, metanetworkFor(model, { hidden: 4 }));
 * assert.deepEqual(rewritten.graph.nodes, model.graph.nodes); // other weights, the same network
 * ```
 *
 * @module
 */
export { applyMetanetwork } from "./apply_metanetwork.ts";
export { type DataModelOptions, trainDataModel } from "./data_models.ts";
export { withGroupSparsity } from "./group_sparsity.ts";
export { metaPrune, type MetaPruned, type MetaPruneOptions, reestimateStatistics } from "./meta_prune.ts";
export { type MetaStep, metaStep, type MetaStepOptions } from "./meta_step.ts";
export { metaTrain, type MetaTrained, type MetaTrainOptions, type Snapshot } from "./meta_train.ts";
export { metanetworkModel, type MetaStructure } from "./metanetwork.ts";
export { createMetanetwork, type Metanetwork, type MetanetworkSettings } from "./metanetwork_parameters.ts";
export { encodeMetanetwork, loadMetanetwork, saveMetanetwork } from "./metanetwork_file.ts";
export { metanetworkFor } from "./metanetwork_for.ts";
export { type ProgressiveOptions, progressivePruning, type PruningStage } from "./progressive_pruning.ts";
export { shrinkGroups, type ShrinkOptions } from "./shrink_groups.ts";
export type { GroupSparsityOptions } from "./sparsity_gradient.ts";
