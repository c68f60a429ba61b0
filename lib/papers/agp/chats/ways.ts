import { pickOptions } from "../../../options.ts";
import { askQuestions, type AskQuestionsOptions } from "../../../agents/asking/ask_questions.ts";
import {
  ASK_REPEATEDLY_OPTIONS,
  askRepeatedly,
  type AskRepeatedlyOptions,
} from "../../../agents/asking/ask_repeatedly.ts";
import type { TeamAnswer } from "../../../agents/asking/ask_team.ts";
import { ChatFailure } from "../../../chat/failure.ts";
import { costOf, type CostOptions } from "../../../agents/asking/cost.ts";
import { judge } from "../../../agents/asking/judge.ts";
import { sideBySide } from "../../../side_by_side.ts";
import type { CallGraphOptions } from "../../../agents/call_graph.ts";
import { debate, fixedTopology, type FixedTopologyName, fullTeam } from "../../../agents/fixed_topologies.ts";
import type { Agent, Team } from "../../../agents/team.ts";
import type { TeamChooser } from "../../../agents/team_chooser.ts";
import { teamOfTopology } from "../../../agents/topology.ts";
import { stopSignal } from "../../../stop.ts";
import type { Question } from "../../../questions/question.ts";
import { seededRandom } from "../../../random.ts";
import type { Bench } from "./benches.ts";

/** A way to have questions answered: by teams, or by one agent asked again and again. */
export type Way =
  & { readonly name: string }
  & (
    | CallGraphOptions & {
      readonly teams: Team | TeamChooser | ((question: unknown) => Team);
    }
    | { readonly agent: Agent; readonly times: number }
  );

/** Answer that costs are compared by: as long as those of small models are. */
const USUAL_TOKENS = 100;

const FIXED: readonly FixedTopologyName[] = ["unlinked", "chain", "star", "layered", "random", "complete"];

/** All ways that do not look at the question; at the end one agent, asked as often as all may cost. */
export function fixedWays({ pool, single, decision }: Bench, question: Question, seed: number): Way[] {
  const agent = pool.find(({ role }) => role === single)!;
  const thinking = {
    ...agent,
    persona: `${agent.persona} Think step by step, and write each step down before you answer.`,
  };
  const agents = pool.map((_, i) => i);
  const size = pool.length;
  const cost = (team: Team) => costOf(team, question, { answerTokens: USUAL_TOKENS, decision }).tokens;
  const times = Math.max(1, Math.floor(cost(fullTeam(pool)) / cost(alone(thinking))));
  const fixed = FIXED.map((name): Way => ({
    name: name === "unlinked" ? "all, no links" : `all, ${name}`,
    teams: teamOfTopology(pool, fixedTopology(name, { size, agents, random: seededRandom(seed, name) })),
  }));
  const { topology, ...rounds } = debate({ size, agents });
  return [
    { name: "one agent", teams: alone(agent) },
    { name: THINKING, teams: alone(thinking) },
    ...fixed,
    { name: "all, debate", teams: teamOfTopology(pool, topology), ...rounds },
    repeatedly(thinking, times),
  ];
}

const THINKING = "one agent, step by step";

const repeatedly = (agent: Agent, times: number): Way => ({
  name: `one agent, ${times} times`,
  agent,
  times,
});

/**
 * A way with as many calls as are fair: one agent is asked again as often as the tokens of all agents in a
 * complete graph allow, once they are known.
 *
 * @param spent tokens of ways that were asked before, by name
 */
export function madeFair(way: Way, spent: ReadonlyMap<string, number>): Way {
  const [all, one] = [spent.get("all, complete"), spent.get(THINKING)];
  if (!("times" in way) || !all || !one) return way;
  return repeatedly(way.agent, Math.max(1, Math.min(way.times, Math.floor(all / one))));
}

const alone = (agent: Agent): Team => ({ agents: [agent], links: [] });

/** An answer, and whether it is right. */
export type WayAnswer = TeamAnswer & { readonly correct?: boolean | undefined };

/**
 * Has questions answered in a way.
 *
 * @throws the signal's reason where it ended some of the calls: of part of the questions there is no row
 */
export async function askInWay(
  way: Way,
  questions: readonly Question[],
  options: AskQuestionsOptions,
): Promise<readonly WayAnswer[]> {
  const signal = stopSignal(options.signal);
  if ("teams" in way) {
    const { teams, rounds, temporal } = way;
    const { answers, failure } = await askQuestions(questions, teams, { ...options, rounds, temporal });
    if (failure) throw new ChatFailure("budget", failure.message);
    signal?.throwIfAborted();
    return answers;
  }
  const answers: WayAnswer[] = [];
  await sideBySide(questions.length, options.concurrency ?? 4, async (place) => {
    const question = questions[place]!;
    const answer = await askRepeatedly(
      way.agent,
      question,
      way.times,
      pickOptions<AskRepeatedlyOptions>(options, ASK_REPEATEDLY_OPTIONS),
    );
    answers[place] = { ...answer, correct: await judge(question, answer, options) };
    return true;
  });
  signal?.throwIfAborted();
  return answers;
}

/** The most that a way can cost, or about what it costs with answers of a length, for all questions. */
export function costInWay(
  way: Way,
  questions: readonly Question[],
  pool: readonly Agent[],
  options: CostOptions,
): { calls: number; tokens: number } {
  const all = questions.map((question) => {
    if (!("teams" in way)) {
      const { calls, tokens } = costOf(alone(way.agent), question, options);
      return { calls: way.times * calls, tokens: way.times * tokens };
    }
    const { teams, rounds, temporal } = way;
    // A team that is yet to be chosen is none larger than all.
    const team = typeof teams === "function" || "pool" in teams ? fullTeam(pool) : teams;
    return costOf(team, question, { ...options, rounds, temporal });
  });
  const sum = (of: "calls" | "tokens") => all.reduce((total, one) => total + one[of], 0);
  return { calls: sum("calls"), tokens: sum("tokens") };
}
