/**
 * The experiments and figures of `notebooks/04_opt_embed.ipynb`: the embedding table of a model of
 * click-through rates becomes as small as it can be, by OptEmbed and by its rivals, on equal terms.
 *
 * Source: Lyu, Tang, Zhu, Guo, Zhang, Tang, Liu, "OptEmbed: Learning Optimal Embedding Table for
 * Click-through Rate Prediction", CIKM 2022.
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
export { claims, meaning, type OwnVerdicts, type PaperVerdicts, thresholdAlone } from "./claims.ts";
export { type ControlName, type ControlRow, type ControlSpec } from "./controls.ts";
export { bayesScore, dataName, type DataSpec, type FrequencyBin, logOf, type TruthCounts } from "./data.ts";
export { type EasyRow } from "./easy_score.ts";
export { type Evidence, evidenceOf } from "./evidence.ts";
export { kinds, type OptEmbedUnits, unitsOf } from "./experiment.ts";
export {
  aucAgainstSparsity,
  bytesFigure,
  dimensionsFigure,
  gainOverPlain,
  keptByFieldSize,
  keptByFrequencyFigure,
  profileFigure,
  recencyFigure,
  searchFigure,
  searchGains,
  thresholdsFigure,
  truthFigure,
} from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export { type LatencyRow } from "./latency.ts";
export { type Given, type MethodName, METHODS } from "./methods.ts";
export { type OptEmbedPreset, PRESETS, type RealContest, runsOf } from "./presets.ts";
/** Numbers that others published, as data with their source. */
export * as published from "./published.ts";
export { REAL_LOGS, type RealLog, type RealLogName, type RealRow, type RealSpec } from "./real_logs.ts";
export { type RecencyRow, type RecencySpec } from "./recency.ts";
export { type BaseSpec, type FieldRow, type RunRow, type RunSpec } from "./run.ts";
export { type SearchName, type SearchRow, type SearchSpec } from "./searches.ts";
export { realSummaries, summaries } from "./summary.ts";
