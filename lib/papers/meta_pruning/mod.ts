/**
 * The experiments and figures of `notebooks/01_meta_pruning.ipynb`: metanetworks are trained, chosen, and
 * tried beside controls on networks that they have not seen.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, arXiv 2506.12041.
 *
 * ```ts ignore
 * import { PRESETS, unitsOf } from "./mod.ts";
 * import { run } from "../../experiment/mod.ts";
 *
 * const units = await unitsOf(PRESETS.quick, { seed: 0 });
 * const results = await run({ units: units, title: PRESETS.quick.about });
 * ```
 *
 * @module
 */
export * from "./claims.ts";
export { type Architecture, build, nameOf } from "./architecture.ts";
export { type CurvePoint, type CurveSettings, magnitudeCurves, pruningCurves } from "./curves.ts";
export { type DataSpec, loadData, type MetaData } from "./data/data.ts";
export { experimentOf, kinds, type MetaExperiment, unitsOf } from "./experiment.ts";
export * from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export type { DataSetUnits, MetaUnit, NetworkUnit } from "./data_set_units.ts";
export { type CloseLookRow, pointsOf, sensitivitiesOf, STAGES } from "./kinds/close_look.ts";
export type { MetanetworkSpec, MetaRecipe } from "./kinds/meta_training.ts";
export type { NetworkRow } from "./kinds/network.ts";
export { meaning } from "./meaning.ts";
export { costOf } from "./measurements.ts";
export { type MetaRow, VARIANTS } from "./meta_row.ts";
export { type MetaPreset, type PresetName, PRESETS } from "./presets.ts";
export * from "./published.ts";
export {
  filterNorms,
  type LayerStatistics,
  layerStatistics,
  sensitivities,
  statisticsTable,
} from "./layer_statistics.ts";
export { type Recipe, trainingOf } from "./recipe.ts";
export * from "./tables.ts";
export type { WeightCut } from "./weight_cut.ts";
