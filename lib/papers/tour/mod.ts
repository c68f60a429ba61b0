/**
 * The experiments and figures of `notebooks/00_tour.ipynb`: a trained network is pruned by several criteria
 * to several sizes, fine-tuned and timed.
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
export { claims, meaning, type TourVerdicts } from "./claims.ts";
export { evidenceOf, type TourEvidence } from "./evidence.ts";
export { largest, largestDifference, sourceLine, testExamples } from "./examples.ts";
export { type CutRow, kinds, planOf, type TourUnits, unitsOf } from "./experiment.ts";
export {
  accuracyAgainstLatency,
  accuracyAgainstMacs,
  importanceFigure,
  latencyAgainstMacs,
  planFigure,
  type Provenance,
  sampleImages,
  sensitivityFigure,
} from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export type { KernelRow } from "./kernels.ts";
export type { LatencyRow } from "./latency.ts";
export { PRESETS, type TourCriterion, type TourPreset } from "./presets.ts";
export type { TourRow } from "./prune_and_tune.ts";
export { PUBLISHED_ACCURACY } from "./published.ts";
export { openSubject, subjectData, subjectName, type SubjectSpec, type TourSubject } from "./subject.ts";
