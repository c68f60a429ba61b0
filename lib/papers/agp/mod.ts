/**
 * The experiments and figures of `notebooks/02_agp.ipynb`: which agents a question needs, and who of them
 * should read whom, in a world in which the best team is known.
 *
 * Source: Li, Zhao, Lee, Wang, "Adaptive Graph Pruning for Multi-Agent Communication", ECAI 2025.
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
export type { ScoreTable } from "../../agents/simulation/score_table.ts";
export { type BaselineRow, baselines } from "./baselines.ts";
export { type ChatRow, type Transcript } from "./chats/ask.ts";
export { chatTokens } from "./chats/figure.ts";
export { type ChatCost, type ChatPlan, type ChatPreset, costOfChats, planChats } from "./chats/plan.ts";
export type { ChatAmount, ChatBenchmark, ChatSource, ChatSpec } from "./chats/spec.ts";
export { claims, meaning, type OwnVerdicts, type PaperVerdicts } from "./claims.ts";
export {
  type CorpusRow,
  type ParityRow,
  type RetrainRow,
  type RetrainSpec,
  type SaidRow,
  textEmbeddings,
} from "./corpora.ts";
export { type Domain, DOMAIN_NAMES, type DomainName, DOMAINS } from "./domains.ts";
export { type BestRow, TOKEN_PRICES } from "./enumeration.ts";
export { type Evidence, evidenceOf, rowsWhere, type Which } from "./evidence.ts";
export { type AgpUnits, kinds, unitsOf } from "./experiment.ts";
export { type Change, type ChangeRow } from "./changes.ts";
export { type NineRow } from "./nine_agents.ts";
export { type PriceRow } from "./price.ts";
export {
  accuracyAgainstTokens,
  changesFigure,
  learnedTeams,
  priceFigure,
  publishedSteps,
  publishedTokens,
  regretByTrials,
  utilityAgainstStep,
  whoIsAsked,
} from "./figures.ts";
export type { SourceOptions } from "../source_options.ts";
export { type PolicyRow, type PolicySpec } from "./policy_gradient.ts";
export { type AgpPreset, PRESETS } from "./presets.ts";
export { type SimulatedQuestion, type SimulatedSet, simulatedSet } from "./questions.ts";
/** Numbers that others published, as data with their source. */
export * as published from "./published.ts";
export { type FoundTeams, type StageOneRow, type StageOneSpec } from "./stage_one.ts";
export {
  type DescribedTeam,
  type Execution,
  type Judged,
  type StageTwoRow,
  type StageTwoSpec,
} from "./stage_two.ts";
