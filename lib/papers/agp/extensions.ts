import { callGraph } from "../../agents/call_graph.ts";
import { sampleTeam } from "../../agents/collect.ts";
import { cheapestWithin, type PricedTeam, removalLosses } from "../../agents/price_tag.ts";
import { fixedTopology } from "../../agents/fixed_topologies.ts";
import { exactScorer, type Score, utilityOf } from "../../agents/simulation/exact.ts";
import { commonDraws, simulateCalls } from "../../agents/simulation/monte_carlo.ts";
import { simulatedTokens } from "../../agents/simulation/tokens.ts";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  SIMULATED_WORLD_OF_NINE,
  type SimulatedTaskName,
  type SimulatedWorld,
} from "../../agents/simulation/world.ts";
import { allTopologies, positionsOf, type Topology, topologyKey } from "../../agents/topology.ts";
import { seededRandom } from "../../random.ts";
import { deviation, mean } from "../../statistics/describe.ts";
import { asOftenAs } from "./baselines.ts";
import { type DescribedTeam, describeTeam } from "./stage_two.ts";

/** What is made harder, and by how much. */
export type Change =
  | { readonly what: "shared errors" | "timeouts"; readonly amount: number }
  /** The MathExpert loses so much of its skill at mathematics. */
  | { readonly what: "drift"; readonly amount: number }
  /** So many rounds, in which each agent reads its own answer of the one before. */
  | { readonly what: "rounds"; readonly amount: number };

/** What a change does to the team that was best without it, and which one is best with it. */
export interface ChangeRow {
  /** What was changed. */
  readonly what: Change["what"];
  /** By how much. */
  readonly amount: number;
  /** Type of questions. */
  readonly task: SimulatedTaskName;
  /** The best team of honest agents now. */
  readonly best: DescribedTeam;
  /** Its utility. */
  readonly utility: number;
  /** Its chance to be right. */
  readonly accuracy: number;
  /** Utility of the team that is best without the change. */
  readonly before: number;
  /** That team's chance to be right. */
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
    const [, before] = bestOf(teams, (team) => then(callGraph(team)));
    const [score, best] = bestOf(teams, (team) => now(callGraph(team, { rounds })));
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

function bestOf(teams: readonly Topology[], score: (team: Topology) => Score): [Score, Topology] {
  let [best, found] = [score(teams[0]!), teams[0]!];
  for (const team of teams.slice(1)) {
    const own = score(team);
    if (own.utility > best.utility) [best, found] = [own, team];
  }
  return [best, found];
}

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
  /** Its utility as simulated. */
  readonly simulated: number;
  /** Its utility exactly. */
  readonly exact: number;
  /** Standard error of the difference between it and the second, on the same chances. */
  readonly errorTogether: number;
  /** What that error would be on chances of their own. */
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

/** What fewer agents cost and save, for a type of questions. */
export interface PriceRow {
  /** Type of questions. */
  readonly task: SimulatedTaskName;
  /** Accuracy that may be lost. */
  readonly margin: number;
  /** How sure it must be. */
  readonly confidence: number;
  /** Questions that all teams were run on. */
  readonly questions: number;
  /** The team of fewest tokens that is sure to lose no more. */
  readonly chosen: DescribedTeam;
  /** Its exact chance to be right. */
  readonly accuracy: number;
  /** Its tokens of a question. */
  readonly tokens: number;
  /** Exact chance to be right of the full team: all honest agents, each reading all before it. */
  readonly fullAccuracy: number;
  /** The full team's tokens. */
  readonly fullTokens: number;
  /** Chance to be right of the Generalist asked as often as the chosen team's tokens allow. */
  readonly alone: number;
  /** Tokens of that. */
  readonly aloneTokens: number;
  /** Utility that the best team loses without each of its parts. */
  readonly removals: readonly { readonly without: string; readonly loss: number }[];
}

/** How the cheapest team is looked for. */
export interface PriceSpec extends Pick<PriceRow, "task" | "margin" | "confidence" | "questions"> {
  /** Of the questions' chances. */
  readonly seed: number;
}

/** The smallest team that is good enough, and what each part of the best one is worth. */
export async function priceOf(
  task: SimulatedTaskName,
  { seed, questions, margin, confidence }: Omit<PriceSpec, "task">,
): Promise<PriceRow> {
  const world = SIMULATED_WORLD;
  const honest = world.agents.flatMap(({ alwaysWrong }, i) => alwaysWrong ? [] : [i]);
  const size = world.agents.length;
  const steps = SIMULATED_TASKS[task].steps.length;
  const draws = commonDraws({ questions, streams: size, steps, seed });
  const score = exactScorer(world, SIMULATED_TASKS[task]);
  const priced = (team: Topology): PricedTeam => ({
    team,
    tokens: score(callGraph(team)).tokens,
    outcomes: simulateCalls(world, SIMULATED_TASKS[task], callGraph(team), draws),
  });
  const full = fixedTopology("complete", { size, agents: honest, random: seededRandom(seed) });
  const teams = allTopologies(honest.length).map(({ kept, parents }) => ({ kept, parents: [...parents, 0] }));
  const [, best] = bestOf(teams, (team) => score(callGraph(team)));
  const tag = cheapestWithin(priced(full), teams.map(priced), { margin, confidence });
  const [own, whole] = [score(callGraph(tag.chosen.team)), score(callGraph(full))];
  const alone = score(asOftenAs(0, task, own.tokens));
  const role = (i: number) => world.agents[i]!.role;
  const removals = await removalLosses(best, (team) => score(callGraph(team)).utility);
  return {
    task,
    margin,
    confidence,
    questions,
    chosen: {
      ...describeTeam(world, tag.chosen.team),
      size: positionsOf(tag.chosen.team.kept).length,
    },
    accuracy: own.accuracy,
    tokens: own.tokens,
    fullAccuracy: whole.accuracy,
    fullTokens: whole.tokens,
    alone: alone.accuracy,
    aloneTokens: alone.tokens,
    removals: removals.map(({ agent, link, loss }) => ({
      without: agent !== undefined ? role(agent) : `${role(link![0])} → ${role(link![1])}`,
      loss,
    })),
  };
}
