/**
 * AxFormer: which parts of a transformer hurt, and whether the released search finds them. The experiment of
 * notebook 03.
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
export { claims, type Evidence, meaning, type OwnVerdicts, type PaperVerdicts } from "./claims.ts";
export { type NamedRule, type RuleName, RULES } from "./rules.ts";
export { type AxUnits, kinds, type PlantSpec, unitsOf } from "./experiment.ts";
export { boundFigure, recoveryFigure, speedFigure } from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export { LENGTH, type Sentences, sentences, VOCABULARY } from "./negation.ts";
export { GROUPS, type HarmedRow, plant, PLANTS, type Training, trainWithout, without } from "./planted.ts";
export { type AxPreset, PRESETS, type RealPreset } from "./presets.ts";
/** Numbers that others published, as data with their source. */
export * as published from "./published.ts";
export type { RealRow, RealSpec, TunedSpec } from "./real.ts";
export { realClaims } from "./real_claims.ts";
export { searchAndTest, type SearchRow, type SearchSpec } from "./search_and_test.ts";
export { type Gone, measureSpeed, type SpeedRow, type SpeedSpec } from "./speed.ts";
export { BUDGETED, type Way, WAYS } from "./ways.ts";
export { hasWords, searchWords, WORDS_PLANT, type WordsRow, type WordsSpec } from "./words.ts";
export { realSummaries, type RealSummary, type RuleSummary, summaries } from "./summary.ts";
