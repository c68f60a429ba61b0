import { fields, list, type Schema, text } from "../../files/schema.ts";
import {
  accuracyAtLeast,
  bestTrials,
  sampleTeam,
  successiveHalving,
  type Trial,
  tryEqually,
} from "../../agents/collect.ts";
import { utilityOf } from "../../agents/simulation/exact.ts";
import { type ScoreTable, teamAt } from "../../agents/simulation/score_table.ts";
import { MAIN_TASKS, SIMULATED_WORLD, type SimulatedTaskName } from "../../agents/simulation/world.ts";
import { linksOf, type Topology } from "../../agents/topology.ts";
import { type Random, seededRandom } from "../../random.ts";
import { mean } from "../../statistics/describe.ts";

/** How teams are found for a question. */
export interface StageOneSpec {
  /** Seed of all draws. */
  readonly seed: number;
  /** Questions of each type. */
  readonly perType: number;
  /** Teams that are sampled for a question; with halving half as many, so that each runs twice at least. */
  readonly graphs: number;
  /** Runs of each team; with halving, on average. */
  readonly repeats: number;
  /**
   * `paper`: orders from 2, equal repeats, the best mean; `halving`: orders from 1, repeats by successive
   * halving, the best lower confidence bound; `success`: the first team that is right once, as released.
   */
  readonly strategy: "paper" | "halving" | "success";
}

/** Labels of the first stage for the questions, on average. */
export interface StageOneRow extends StageOneSpec {
  /** Utility lost against the best team there is, over the teams that are kept. */
  readonly regret: number;
  /** Share of the kept teams with exactly the best team's agents. */
  readonly exactMask: number;
  /** F1 of the kept teams' links against the best team's, those of teams of one left out. */
  readonly linkF1: number;
  /** Share of the kept teams that have the saboteur. */
  readonly saboteur: number;
  /** Runs of teams, of all questions. */
  readonly runs: number;
  /** Tokens of all runs. */
  readonly tokens: number;
}

/** The teams found for one question, best first. */
export interface FoundTeams {
  /** Type of the question. */
  readonly task: SimulatedTaskName;
  /** The teams. */
  readonly teams: readonly Topology[];
}

/** Shape of the teams that were found, as a product keeps them. */
export const FOUND_TEAMS: Schema = list(fields({ task: text, teams: list(fields({})) }));

/** Labels and row of {@linkcode stageOne}. */
export interface StageOne {
  /** Results in numbers. */
  readonly row: StageOneRow;
  /** Teams found by question, type by type. */
  readonly found: readonly FoundTeams[];
  /** Every trial of every question: its number, the team's place in the table, runs and successes. */
  readonly trials: readonly (readonly [question: number, place: number, runs: number, successes: number])[];
}

/** The first stage in the simulator: outcomes are drawn with the exact chances of the tables. */
export async function stageOne(
  spec: StageOneSpec,
  tables: Readonly<Record<string, ScoreTable>>,
  place: (topology: Topology) => number,
  topologies: readonly Topology[],
): Promise<StageOne> {
  const world = SIMULATED_WORLD;
  const questions = MAIN_TASKS.flatMap((task) => Array.from({ length: spec.perType }, () => task));
  const found: FoundTeams[] = [];
  const trials: [number, number, number, number][] = [];
  const judged: { regret: number; exact: boolean; f1: number | undefined; saboteur: boolean }[] = [];
  let [runs, tokens] = [0, 0];
  for (const [q, task] of questions.entries()) {
    const random = seededRandom(spec.seed, "stage one", spec.strategy, spec.graphs, spec.repeats, q);
    const table = tables[task]!;
    const own = await search(
      spec,
      random,
      {
        ask: (at, times) => {
          runs += times;
          tokens += times * table.tokens[at]!;
          return successes(random, table.accuracy[at]!, times);
        },
        place,
        utility: (trial, accuracy) => utilityOf(world, accuracy, table.tokens[trial.team]!),
      },
    );
    for (const trial of own.trials) trials.push([q, trial.team, trial.runs, trial.successes]);
    const best = teamAt(world, table);
    const optimum = topologies[best.place]!;
    for (const { team } of own.best) {
      const topology = topologies[team]!;
      judged.push({
        regret: best.utility - teamAt(world, table, team).utility,
        exact: topology.kept === optimum.kept,
        f1: linkF1(topology, optimum),
        saboteur: (topology.kept >> SABOTEUR & 1) === 1,
      });
    }
    found.push({ task, teams: own.best.map(({ team }) => topologies[team]!) });
  }
  const row = {
    ...spec,
    regret: mean(judged.map(({ regret }) => regret)),
    exactMask: mean(judged.map(({ exact }) => Number(exact))),
    linkF1: mean(judged.flatMap(({ f1 }) => f1 ?? [])),
    saboteur: mean(judged.map(({ saboteur }) => Number(saboteur))),
    runs,
    tokens,
  };
  return { row, found, trials };
}

/** Position of the saboteur in the pool. */
export const SABOTEUR = SIMULATED_WORLD.agents.findIndex(({ alwaysWrong }) => alwaysWrong);

type PlacedTrial = Trial<number>;

async function search(
  { graphs, repeats, strategy }: StageOneSpec,
  random: Random,
  { ask, place, utility }: {
    ask: (place: number, times: number) => number;
    place: (topology: Topology) => number;
    utility: (trial: PlacedTrial, accuracy: number) => number;
  },
): Promise<{ trials: PlacedTrial[]; best: PlacedTrial[] }> {
  const size = SIMULATED_WORLD.agents.length;
  const average = (trial: PlacedTrial) => utility(trial, trial.successes / trial.runs);
  if (strategy === "success") {
    const trials: PlacedTrial[] = [];
    while (trials.at(-1)?.successes !== 1) {
      const team = place(sampleTeam(random, { size }));
      trials.push({ team, runs: 1, successes: ask(team, 1) });
    }
    return { trials, best: trials.slice(-1) };
  }
  if (strategy === "paper") {
    const teams = Array.from({ length: graphs }, () => place(sampleTeam(random, { size })));
    const trials = await tryEqually(teams, repeats, ask);
    return { trials, best: bestTrials(trials, average) };
  }
  const teams = new Set<number>();
  for (let i = 0; i < graphs / 2; i++) teams.add(place(sampleTeam(random, { size, least: 1 })));
  const trials = await successiveHalving([...teams], ask, { budget: graphs * repeats, score: average });
  return { trials, best: bestTrials(trials, (trial) => utility(trial, accuracyAtLeast(trial))) };
}

/** How often of so many times something of this chance happens. */
function successes(random: Random, chance: number, times: number): number {
  const below = chance * 2 ** 32;
  let count = 0;
  for (let i = 0; i < times; i++) if (random.bits() < below) count++;
  return count;
}

/** F1 of links; none where neither has any. */
function linkF1(found: Topology, best: Topology): number | undefined {
  const [own, theirs] = [linksOf(found), linksOf(best)].map((links) => links.map(String)) as [
    string[],
    string[],
  ];
  if (theirs.length === 0) return undefined;
  const common = own.filter((link) => theirs.includes(link)).length;
  return 2 * common / (own.length + theirs.length);
}
