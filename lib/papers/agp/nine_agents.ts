import { callGraph } from "../../agents/call_graph.ts";
import { sampleTeam } from "../../agents/collect.ts";
import { exactScorer, utilityOf } from "../../agents/simulation/exact.ts";
import { commonDraws, simulateCalls } from "../../agents/simulation/monte_carlo.ts";
import { simulatedTokens } from "../../agents/simulation/tokens.ts";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD_OF_NINE,
  type SimulatedTaskName,
} from "../../agents/simulation/world.ts";
import { positionsOf, type Topology, topologyKey } from "../../agents/topology.ts";
import { seededRandom } from "../../random.ts";
import { deviation, mean } from "../../statistics/describe.ts";
import { type DescribedTeam, describeTeam } from "./stage_two.ts";

/** Teams of nine agents, of which nobody can list all: what simulating them on common chances finds. */
export interface NineRow {
  /** Type of questions. */
  readonly task: SimulatedTaskName;
  /** Teams that were sampled. */
  readonly sampled: number;
  /** Questions that each was run on. */
  readonly questions: number;
  /** The best one found. */
  readonly best: DescribedTeam;
  /** Utility of the best team as simulated. */
  readonly simulated: number;
  /** Exact utility of the best team. */
  readonly exact: number;
  /** Standard error of the difference between it and the second, on the same chances. */
  readonly errorTogether: number;
  /** The error of the difference, had both been judged on questions of their own. */
  readonly errorApart: number;
}

/** Searches among teams of nine agents with common random numbers. */
export function nineAgents(
  { seed, sampled, questions }: { seed: number; sampled: number; questions: number },
): NineRow[] {
  const world = SIMULATED_WORLD_OF_NINE;
  const size = world.agents.length;
  return MAIN_TASKS.map((name): NineRow => {
    const task = SIMULATED_TASKS[name];
    const random = seededRandom(seed, "nine agents", name);
    const draws = commonDraws({ questions, streams: size, steps: task.steps.length, seed });
    const teams = new Map<string, Topology>();
    while (teams.size < sampled) {
      const team = sampleTeam(random, { size, least: 1, deviation: 2 });
      if (positionsOf(team.kept).length <= 5) teams.set(topologyKey(team), team);
    }
    const scored = [...teams.values()].map((team) => {
      const graph = callGraph(team);
      const outcomes = simulateCalls(world, task, graph, draws);
      return {
        team,
        outcomes,
        utility: utilityOf(world, mean([...outcomes]), simulatedTokens(world, task, graph)),
      };
    }).sort((a, b) => b.utility - a.utility);
    const [best, second] = scored as [typeof scored[number], typeof scored[number]];
    const error = (values: readonly number[]) => deviation(values) / Math.sqrt(questions);
    return {
      task: name,
      sampled,
      questions,
      best: { ...describeTeam(world, best.team), size: positionsOf(best.team.kept).length },
      simulated: best.utility,
      exact: exactScorer(world, task)(callGraph(best.team)).utility,
      errorTogether: error([...best.outcomes].map((outcome, q) => outcome - second.outcomes[q]!)),
      errorApart: Math.hypot(error([...best.outcomes]), error([...second.outcomes])),
    };
  });
}
