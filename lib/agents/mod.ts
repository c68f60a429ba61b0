/**
 * Teams of agents that answer questions together: who is asked, who reads whom, and how a network learns to
 * say both; a simulator in which the best team is known.
 *
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { levels, teamOf } from "./mod.ts";
 *
 * const pool = ["Planner", "Coder", "Critic"].map((role) => ({ role, persona: `You are the ${role}.` }));
 * const team = teamOf(pool, ["Planner", "Coder"], [["Planner", "Coder"]]);
 * deepEqual(levels(team), [[0], [1]]); // the Critic is not asked
 * ```
 *
 * @module
 */
export {
  askQuestions,
  type AskQuestionsOptions,
  pricedByAnswers,
  type QuestionAnswer,
  type QuestionAnswers,
} from "./asking/ask_questions.ts";
export { askRepeatedly, type AskRepeatedlyOptions } from "./asking/ask_repeatedly.ts";
export { askTeam, type AskTeamOptions, type TeamAnswer } from "./asking/ask_team.ts";
export { type Cost, costOf, type CostOptions } from "./asking/cost.ts";
export type { DecisionName } from "./asking/decisions.ts";
export {
  type AskedTrial,
  findTeams,
  type FindTeamsOptions,
  type FoundTeams,
  type TeamSearch,
} from "./asking/find_teams.ts";
export type { JudgeOptions } from "./asking/judge.ts";
export { CODE_POOL, GENERAL_POOL, MATHS_POOL, OPTIONS_MATHS_POOL } from "./asking/pools.ts";
export { type Heard, type Situation, type TeamQuestion } from "./asking/prompt.ts";
export { type Prepared, type Tool, TOOLS } from "./asking/tools.ts";
export type { Turn, TurnFailure } from "./asking/turn.ts";
export {
  type Agent,
  CyclicTeamError,
  levels,
  type Link,
  type Team,
  teamOf,
  UnknownRoleError,
} from "./team.ts";
export {
  acyclicTopologies,
  allTopologies,
  linksOf,
  speakingOrder,
  teamOfTopology,
  type Topology,
  topologyKey,
  topologyOf,
} from "./topology.ts";
export {
  type Call,
  type CallGraph,
  callGraph,
  type CallGraphOptions,
  callsOfTeam,
  repeatedCalls,
} from "./call_graph.ts";
export {
  debate,
  FIXED_TOPOLOGIES,
  fixedTopology,
  type FixedTopologyName,
  fullTeam,
} from "./fixed_topologies.ts";
export {
  accuracyAtLeast,
  type Ask,
  bestTrials,
  type HalvingOptions,
  sampleTeam,
  type SampleTeamOptions,
  successiveHalving,
  type Trial,
  tryEqually,
} from "./collect.ts";
export { hashedNgrams, type HashedNgramsOptions } from "./hashed_ngrams.ts";
export { type Label, labelOf, labelTensors, networkInput } from "./networks/examples.ts";
export { releasedFreeze, releasedNetwork, type ReleasedNetworkOptions } from "./networks/released.ts";
export { directedNetwork, type DirectedNetworkOptions } from "./networks/directed.ts";
export { agpLoss, type AgpLossOptions, linkLoss } from "./networks/losses.ts";
export {
  agentSpread,
  type Decoded,
  type DecodeOptions,
  decodeTeam,
  type Prediction,
  type Sampled,
  sampleReleased,
} from "./networks/decode.ts";
export { type PolicyOptions, trainPolicy } from "./networks/policy.ts";
export {
  cheapestWithin,
  type PricedTeam,
  type PriceTag,
  type PriceTagOptions,
  type Removal,
  removalLosses,
} from "./price_tag.ts";
export {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  SIMULATED_WORLD_OF_NINE,
  type SimulatedAgent,
  type SimulatedTask,
  type SimulatedTaskName,
  type SimulatedWorld,
} from "./simulation/world.ts";
export { exactScorer, type Score, scoreTopologies, utilityOf } from "./simulation/exact.ts";
export { type CommonDraws, commonDraws, simulateCalls } from "./simulation/monte_carlo.ts";
export { simulatedTokens } from "./simulation/tokens.ts";
export {
  ngramEmbedder,
  sentenceEmbedder,
  type SentenceEmbedderOptions,
  type TextEmbedder,
} from "./embedders.ts";
export {
  chooseTeams,
  type FoundForQuestion,
  type TeamChooser,
  trainTeamChooser,
  type TrainTeamChooserOptions,
  withNewAgent,
} from "./team_chooser.ts";
