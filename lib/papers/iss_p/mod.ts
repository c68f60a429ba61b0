/**
 * The experiments and figures of `notebooks/05_iss_p.ipynb`: networks that enlarge images are made sparse
 * while they learn, by iterative soft shrinkage and by its rivals, on equal terms.
 *
 * Source: Wang, Wang, Zhang, Fu, Tao, "Iterative Soft Shrinkage Learning for Efficient Image
 * Super-Resolution", ICCV 2023.
 *
 * ```ts ignore
 * import { PRESETS, unitsOf } from "./mod.ts";
 * import { run } from "../../experiment/mod.ts";
 *
 * const units = unitsOf(PRESETS.quick, { seed: 0 });
 * const results = await run({ units: units.all, title: PRESETS.quick.about });
 * ```
 *
 * @module
 */
export { claims, contestSparsity, meaning, type OwnVerdicts, type PaperVerdicts } from "./claims.ts";
export { type Evidence, evidenceOf } from "./evidence.ts";
export { type ComparedMethod, type MethodName, type MethodOptions, METHODS } from "./methods.ts";
export { type BicubicRow, kinds, type SuperresUnits, unitsOf } from "./experiment.ts";
export {
  alphaFigure,
  alphaTurnoverFigure,
  gradientFigure,
  latencyFigure,
  lossFigure,
  pairedDifferenceFigure,
  psnrAgainstSparsity,
  publishedCropsFigure,
  storageFigure,
  turnoverFigure,
  validationFigure,
} from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export { type LayerLatencyOptions, measureLayer } from "./layer_latency.ts";
export { type LatencyRow, measureSparse, type SparseLatencyOptions } from "./latency.ts";
export { type NetworkName, NETWORKS, STORED_NETWORKS, type SuperresNetwork } from "./networks.ts";
export {
  type Contest,
  type Entry,
  type PresetName,
  PRESETS,
  runsOf,
  type SuperresPreset,
} from "./presets.ts";
/** Numbers that others published, as data with their source. */
export * as published from "./published.ts";
export {
  type FileSize,
  fileSizes,
  packedSizes,
  type StorageComparison,
  storageComparison,
} from "./storage.ts";
export {
  labelOf,
  scoresBySparsity,
  setSummaries,
  type SetSummary,
  summaries,
  type Summary,
} from "./summary.ts";
export {
  type LogPoint,
  type Row,
  type RunSpec,
  trainAndTest,
  type TrainAndTestOptions,
  type Trained,
  twoStages,
} from "./train_and_test.ts";
