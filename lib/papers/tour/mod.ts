/**
 * The experiments and figures of `notebooks/00_tour.ipynb`: a trained network is pruned by several criteria to several
 * sizes, fine-tuned and timed.
 *
 * @module
 */
export { firstExamples, largest, largestDifference, sourceLine } from "./examples.ts";
export { type ExperimentOptions, pruneAndTune, type TourRow } from "./experiment.ts";
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
export { filterKernels, type KernelRow } from "./kernels.ts";
export { type LatencyRow, measureAll, type MeasureOptions } from "./latency.ts";
export { type PresetName, presetNamed, PRESETS, type TourCriterion, type TourPreset } from "./presets.ts";
export { type SubjectOptions, type TourSubject, tourSubject } from "./subject.ts";
