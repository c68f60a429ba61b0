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
  type Agent,
  CyclicTeamError,
  levels,
  type Link,
  type Team,
  teamOf,
  UnknownRoleError,
} from "./team.ts";
