import { type CallGraph, callGraph, repeatedCalls } from "../../agents/call_graph.ts";
import { debate, fixedTopology, type FixedTopologyName } from "../../agents/fixed_topologies.ts";
import { exactScorer, utilityOf } from "../../agents/simulation/exact.ts";
import type { ScoreTable } from "../../agents/simulation/score_table.ts";
import { simulatedTokens } from "../../agents/simulation/tokens.ts";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  type SimulatedTaskName,
} from "../../agents/simulation/world.ts";
import type { Topology } from "../../agents/topology.ts";
import { seededRandom } from "../../random.ts";
import { mean } from "../../statistics/describe.ts";
import { SABOTEUR } from "./stage_one.ts";
import { describeTeam } from "./stage_two.ts";

/** A way to answer that does not look at the question, or one that knows the best answer. */
export interface BaselineRow {
  /** Name of the baseline. */
  readonly name: string;
  /** Mean over the five main types. */
  readonly utility: number;
  /** Mean chance to be right. */
  readonly accuracy: number;
  /** Mean tokens of a question. */
  readonly tokens: number;
  /** Chance to be right by type. */
  readonly byTask: Readonly<Record<string, number>>;
}

const world = SIMULATED_WORLD;
const size = world.agents.length;
const ALL = world.agents.map((_, i) => i);
const HONEST = ALL.filter((i) => i !== SABOTEUR);
/** Draws of graphs that are random. */
const DRAWS = 20;

const FIXED: readonly (readonly [name: string, wiring: FixedTopologyName, agents: readonly number[]])[] = [
  ["four honest, chain", "chain", HONEST],
  ["four honest, complete", "complete", HONEST],
  ["four honest, no links", "unlinked", HONEST],
  ["all five, chain", "chain", ALL],
  ["all five, star", "star", ALL],
  ["all five, complete", "complete", ALL],
  ["all five, complete, saboteur first", "complete", [SABOTEUR, ...HONEST]],
  ["all five, layered", "layered", ALL],
  ["all five, random", "random", ALL],
  ["all five, no links", "unlinked", ALL],
];

/** Scores of everything that the learned teams are compared with, from the tables of all teams. */
export function baselines(
  tables: Readonly<Record<string, ScoreTable>>,
  topologies: readonly Topology[],
): BaselineRow[] {
  const single = world.agents.flatMap(({ role, alwaysWrong }, i) =>
    alwaysWrong ? [] : [row(`${role} alone`, () => [repeatedCalls(i, 1)])]
  );
  const fixed = FIXED.map(([name, wiring, agents]) => {
    const random = seededRandom(0, name);
    const draws = wiring === "layered" || wiring === "random" ? DRAWS : 1;
    const graphs = Array.from(
      { length: draws },
      () => callGraph(fixedTopology(wiring, { size, agents, random })),
    );
    return row(name, () => graphs);
  });
  const debates = ([["four honest", HONEST], ["all five", ALL]] as const).map(([who, agents]) => {
    const { topology, ...options } = debate({ size, agents });
    return row(`${who}, debate of two rounds`, () => [callGraph(topology, options)]);
  });
  const best = (task: SimulatedTaskName) => bestPlace([tables[task]!]);
  const oracle = row("the best team of each type", (task) => [callGraph(topologies[best(task)]!)]);
  const together = topologies[bestPlace(MAIN_TASKS.map((task) => tables[task]!))]!;
  const chain = describeTeam(world, together).roles.join(" → ");
  const consistency = row("self-consistency of the Generalist, tokens of the best team", (task) => [
    asOftenAs(0, task, tables[task]!.tokens[best(task)]!),
  ]);
  return [
    oracle,
    row(`${BEST_FIXED} (${chain})`, () => [callGraph(together)]),
    ...single,
    consistency,
    ...fixed,
    ...debates,
  ];
}

/** How the name of the best graph that is the same for all questions begins. */
export const BEST_FIXED = "best fixed graph";

function row(name: string, graphs: (task: SimulatedTaskName) => readonly CallGraph[]): BaselineRow {
  const scores = MAIN_TASKS.map((task) => {
    const score = exactScorer(world, SIMULATED_TASKS[task]);
    const all = graphs(task).map(score);
    return {
      accuracy: mean(all.map(({ accuracy }) => accuracy)),
      tokens: mean(all.map(({ tokens }) => tokens)),
    };
  });
  const [accuracy, tokens] = [
    mean(scores.map(({ accuracy }) => accuracy)),
    mean(scores.map(({ tokens }) => tokens)),
  ];
  return {
    name,
    utility: utilityOf(world, accuracy, tokens),
    accuracy,
    tokens,
    byTask: Object.fromEntries(MAIN_TASKS.map((task, i) => [task, scores[i]!.accuracy])),
  };
}

/** The team of highest utility over all the tables together. */
function bestPlace(tables: readonly ScoreTable[]): number {
  const utility = (i: number) =>
    tables.reduce((sum, { accuracy, tokens }) => sum + utilityOf(world, accuracy[i]!, tokens[i]!), 0);
  let best = 0;
  for (let i = 1; i < tables[0]!.accuracy.length; i++) if (utility(i) > utility(best)) best = i;
  return best;
}

/** One agent asked as often as so many tokens allow, once at least. */
export function asOftenAs(agent: number, task: SimulatedTaskName, tokens: number): CallGraph {
  let times = 1;
  const cost = (times: number) => simulatedTokens(world, SIMULATED_TASKS[task], repeatedCalls(agent, times));
  while (cost(times + 1) <= tokens) times++;
  return repeatedCalls(agent, times);
}
