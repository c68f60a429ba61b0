import { callGraph } from "../../agents/call_graph.ts";
import { exactScorer } from "../../agents/simulation/exact.ts";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  type SimulatedTaskName,
  type SimulatedWorld,
} from "../../agents/simulation/world.ts";
import { allTopologies, positionsOf } from "../../agents/topology.ts";
import { bestTeamOf } from "./best_team.ts";
import { type DescribedTeam, describeTeam } from "./stage_two.ts";

/** Kind and size of a change that makes the world harder. */
export type Change =
  | { readonly what: "shared errors" | "timeouts"; readonly amount: number }
  /** The MathExpert loses so much of its skill at mathematics. */
  | { readonly what: "drift"; readonly amount: number }
  /** So many rounds, in which each agent reads its own answer of the one before. */
  | { readonly what: "rounds"; readonly amount: number };

/** Effect of a change on the team that was best without it, and the team that is best with it. */
export interface ChangeRow {
  /** Kind of the change. */
  readonly what: Change["what"];
  /** Size of the change. */
  readonly amount: number;
  /** Type of questions. */
  readonly task: SimulatedTaskName;
  /** The best team of honest agents now. */
  readonly best: DescribedTeam;
  /** Utility of the team that is best with the change. */
  readonly utility: number;
  /** Chance of that team to be right. */
  readonly accuracy: number;
  /** Utility of the team that is best without the change. */
  readonly before: number;
  /** Chance to be right of the team that was best before. */
  readonly accuracyBefore: number;
}

/** Agents of teams that go through several rounds, at most: the states of all calls are gone through. */
const ROUNDS_OF = 3;

/** Finds the best of all 665 teams of the four honest agents under a change, type by type. */
export function changed(change: Change): ChangeRow[] {
  const world = changedWorld(change);
  // The saboteur stands last, and is in no best team.
  const honest = { ...world, agents: world.agents.filter(({ alwaysWrong }) => !alwaysWrong) };
  const usual = { ...SIMULATED_WORLD, agents: SIMULATED_WORLD.agents.slice(0, honest.agents.length) };
  const rounds = change.what === "rounds" ? change.amount : 1;
  const teams = allTopologies(honest.agents.length).filter(({ kept }) =>
    rounds === 1 || positionsOf(kept).length <= ROUNDS_OF
  );
  return MAIN_TASKS.map((task): ChangeRow => {
    const [now, then] = [
      exactScorer(honest, SIMULATED_TASKS[task]),
      exactScorer(usual, SIMULATED_TASKS[task]),
    ];
    const [, before] = bestTeamOf(teams, (team) => then(callGraph(team)));
    const [score, best] = bestTeamOf(teams, (team) => now(callGraph(team, { rounds })));
    const kept = now(callGraph(before, { rounds }));
    return {
      ...change,
      task,
      best: { ...describeTeam(honest, best), size: positionsOf(best.kept).length },
      utility: score.utility,
      accuracy: score.accuracy,
      before: kept.utility,
      accuracyBefore: kept.accuracy,
    };
  });
}

function changedWorld({ what, amount }: Change): SimulatedWorld {
  if (what === "shared errors") return { ...SIMULATED_WORLD, sharedErrors: amount };
  if (what === "timeouts") return { ...SIMULATED_WORLD, timeouts: amount };
  if (what === "rounds") return SIMULATED_WORLD;
  return {
    ...SIMULATED_WORLD,
    agents: SIMULATED_WORLD.agents.map((agent) =>
      agent.role === "MathExpert"
        ? { ...agent, skills: { ...agent.skills, M: agent.skills.M! - amount } }
        : agent
    ),
  };
}
