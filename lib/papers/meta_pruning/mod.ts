/**
 * The experiments and figures of `notebooks/01_meta_pruning.ipynb`: metanetworks are trained, chosen, and tried beside
 * controls on networks that they have not seen.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, arXiv 2506.12041.
 *
 * @module
 */
export { type Choice, chooseMetanetwork } from "./choose_metanetwork.ts";
export { run } from "./experiment.ts";
export { type MetaRow, VARIANTS } from "./meta_row.ts";
export { type MetaConfig, metanetworkOf, type MetaNetworks, metaNetworks, trainingOf } from "./networks.ts";
export { costEstimate } from "./estimate.ts";
export { type CurvePoint, magnitudeCurves, pruningCurves } from "./curves.ts";
export * from "./figures.ts";
export { META_PRESETS, type MetaPreset, type MetaPresetName, metaPresetNamed } from "./presets.ts";
export * from "./published.ts";
export {
  filterNorms,
  type LayerStatistics,
  layerStatistics,
  sensitivities,
  statisticsTable,
} from "./layer_statistics.ts";
export { type MetaData, type MetaSubject, metaSubject, type OtherSubject } from "./subject.ts";
export type { WeightCut } from "./single_weights.ts";
export * from "./tables.ts";
