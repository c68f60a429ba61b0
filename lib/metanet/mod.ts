/**
 * Meta pruning: networks as graphs, a network that changes networks so that they can be pruned, and the experiments and
 * figures of `notebooks/01_meta_pruning.ipynb`.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, arXiv 2506.12041.
 *
 * @module
 */
export { applyMetanetwork } from "./apply_metanetwork.ts";
export { metaGraph } from "./convert.ts";
export { type Choice, chooseMetanetwork } from "./choose_metanetwork.ts";
export { run } from "./experiment.ts";
export { type MetaRow, VARIANTS } from "./meta_row.ts";
export { type MetaConfig, metanetworkOf, type MetaNetworks, metaNetworks, trainingOf } from "./networks.ts";
export { costEstimate } from "./estimate.ts";
export { type CurvePoint, magnitudeCurves, pruningCurves } from "./curves.ts";
export * from "./figures.ts";
export { metaPrune, type MetaPruned, type MetaPruneOptions, reestimateStatistics } from "./meta_prune.ts";
export { type MetaStep, metaStep, type MetaStepOptions } from "./meta_step.ts";
export { metaTrain, type MetaTrained, type MetaTrainOptions, type Snapshot } from "./meta_train.ts";
export {
  createMetanetwork,
  type Metanetwork,
  metanetworkModel,
  type MetanetworkSettings,
} from "./metanetwork.ts";
export { loadMetanetwork, saveMetanetwork } from "./metanetwork_file.ts";
export { metanetworkFor } from "./metanetwork_for.ts";
export { META_PRESETS, type MetaPreset, type MetaPresetName, metaPresetNamed } from "./presets.ts";
export { progressivePruning } from "./progressive_pruning.ts";
export { shrinkGroups, type ShrinkOptions } from "./shrink_groups.ts";
export * from "./published_results.ts";
export {
  filterNorms,
  type LayerStatistics,
  layerStatistics,
  sensitivities,
  statisticsTable,
} from "./statistics.ts";
export { type MetaData, type MetaSubject, metaSubject, type OtherSubject } from "./subject.ts";
export type { WeightCut } from "./single_weights.ts";
export * from "./tables.ts";
