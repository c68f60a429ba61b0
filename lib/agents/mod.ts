/**
 * Teams of agents that answer questions together: who is asked, and who reads whom.
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
  type QuestionAnswer,
  type QuestionAnswers,
} from "./asking/ask_questions.ts";
export { askTeam, type AskTeamOptions, type TeamAnswer } from "./asking/ask_team.ts";
export { type Cost, costOf, type CostOptions } from "./asking/cost.ts";
export type { DecisionName } from "./asking/decisions.ts";
export { CODE_POOL, GENERAL_POOL, MATHS_POOL } from "./asking/pools.ts";
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
