import { callGraph } from "../../agents/call_graph.ts";
import { fixedTopology } from "../../agents/fixed_topologies.ts";
import { cheapestWithin, type PricedTeam, removalLosses } from "../../agents/price_tag.ts";
import { exactScorer } from "../../agents/simulation/exact.ts";
import { commonDraws, simulateCalls } from "../../agents/simulation/monte_carlo.ts";
import { SIMULATED_TASKS, SIMULATED_WORLD, type SimulatedTaskName } from "../../agents/simulation/world.ts";
import { allTopologies, positionsOf, type Topology } from "../../agents/topology.ts";
import { seededRandom } from "../../random.ts";
import { asOftenAs } from "./baselines.ts";
import { bestTeamOf } from "./best_team.ts";
import { type DescribedTeam, describeTeam } from "./stage_two.ts";

/** Losses and savings with fewer agents, for a type of questions. */
export interface PriceRow {
  /** Type of questions. */
  readonly task: SimulatedTaskName;
  /** Accuracy that may be lost. */
  readonly margin: number;
  /** Confidence that no more is lost. */
  readonly confidence: number;
  /** Questions that all teams were run on. */
  readonly questions: number;
  /** The team of fewest tokens that is sure to lose no more. */
  readonly chosen: DescribedTeam;
  /** Exact chance of the cheapest team to be right. */
  readonly accuracy: number;
  /** Tokens of the cheapest team for a question. */
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
  /** Seed of the questions' chances. */
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
  const [, best] = bestTeamOf(teams, (team) => score(callGraph(team)));
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
