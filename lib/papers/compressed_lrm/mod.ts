/**
 * Compressed reasoning models: what pruning and rounding cost, measured on equal bytes. The experiment of
 * notebook 06.
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
export { type AllocationRow, type AllocationSpec } from "./allocation.ts";
export { type Answers, type Ending, MOST_TOKENS } from "./answer.ts";
export { type AskedRow, type AskedSpec, type CalibrationText } from "./asked.ts";
export { type AttributionRow, type AttributionSpec } from "./matrices/attributed.ts";
export { claims, type OwnVerdicts, type PaperVerdicts } from "./claims.ts";
export { type Collapse, collapseOf, type Level } from "./collapse.ts";
export { type Evidence, evidenceOf } from "./evidence.ts";
export { type CollapsePoint, collapsePoints, type Examined, examined } from "./examined.ts";
export { type ByLength, byLength } from "./lengths/by_length.ts";
export { kinds, type LrmUnits, unitsOf } from "./experiment.ts";
export {
  accuracyAgainstBits,
  allocationFigure,
  allocationMap,
  collapseCurves,
  collapseFigure,
  lengthFigure,
  perplexityAgainstBits,
  QUESTION_NAMES,
  sensitivityMap,
} from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export { type InterpretationClaims, type InterventionClaims } from "./matrices/attribution_claims.ts";
export { type ProtectionVerdicts } from "./matrices/protection_claims.ts";
export {
  aloneMap,
  attributionAgainstCost,
  attributionMap,
  protectionFigure,
} from "./matrices/matrix_figures.ts";
export { aloneTable, attributionTable, protectionTable } from "./matrices/matrix_tables.ts";
export {
  chain,
  exam,
  type Item,
  type Question,
  QUESTIONS,
  SYMBOLS,
  type World,
  world,
  written,
} from "./language.ts";
export { meaning } from "./meaning.ts";
export { type MatrixLoss, type PerplexityRow, type PerplexitySpec } from "./perplexity.ts";
export { type LrmPreset, PRESETS } from "./presets.ts";
export { probeOptions, type ProbeSpec, worldOf } from "./probe.ts";
export { type ProtectionRow, type ProtectionRule, type ProtectionSpec } from "./matrices/protection.ts";
/** Numbers that others published, as data with their source. */
export * as published from "./published.ts";
export { type SensitivityRow, type SensitivitySpec } from "./matrices/sensitivity.ts";
export { servedModels, type ServedPreset, type ServedRow, type ServedSpec } from "./served.ts";
export { labelOf, METHOD_NAMES, type Setting } from "./setting.ts";
export {
  accuracies,
  allocationTable,
  collapseTable,
  endings,
  type Line,
  perplexities,
  servedTable,
} from "./summary.ts";
export { hasStories, type SubjectName, SUBJECTS } from "./text_subject.ts";
