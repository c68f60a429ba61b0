import { type ScoreTable, scoreTable, teamAt } from "../../agents/simulation/score_table.ts";
import { SIMULATED_TASKS, SIMULATED_WORLD, type SimulatedTaskName } from "../../agents/simulation/world.ts";
import { allTopologies, positionsOf, type Topology } from "../../agents/topology.ts";
import { type DescribedTeam, describeTeam } from "./stage_two.ts";

/** The best team for a type of questions at a price of tokens, of all there are. */
export interface BestRow {
  /** Type of questions. */
  readonly task: SimulatedTaskName;
  /** Utility that a thousand tokens cost. */
  readonly tokenPrice: number;
  /** Teams that were scored. */
  readonly teams: number;
  /** The best one. */
  readonly team: Topology;
  /** The best one by its roles. */
  readonly described: DescribedTeam;
  /** Utility of the best team. */
  readonly utility: number;
  /** Chance of the best team to be right. */
  readonly accuracy: number;
  /** Tokens of the best team for a question. */
  readonly tokens: number;
  /** Utility of the second best. */
  readonly second: number;
}

/** Prices at which the best team is looked for; the simulated world's own is 0.05. */
export const TOKEN_PRICES: readonly number[] = [0, 0.02, 0.05, 0.1, 0.2];

/** Scores all teams for a type of questions, and finds the best for each price. */
export function enumerate(task: SimulatedTaskName): { rows: BestRow[]; table: ScoreTable } {
  const topologies = allTopologies(SIMULATED_WORLD.agents.length);
  const table = scoreTable(SIMULATED_WORLD, SIMULATED_TASKS[task]);
  const rows = TOKEN_PRICES.map((tokenPrice): BestRow => {
    const world = { ...SIMULATED_WORLD, tokenPrice };
    const { place, utility, accuracy, tokens } = teamAt(world, table);
    const team = topologies[place]!;
    let second = -Infinity;
    for (let i = 0; i < topologies.length; i++) {
      if (i !== place) second = Math.max(second, teamAt(world, table, i).utility);
    }
    const size = positionsOf(team.kept).length;
    const described = { ...describeTeam(world, team), size };
    return { task, tokenPrice, teams: topologies.length, team, described, utility, accuracy, tokens, second };
  });
  return { rows, table };
}
