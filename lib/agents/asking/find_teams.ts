import { openBudget } from "../../chat/budget.ts";
import { addUsage, NO_USAGE, totalTokens, type Usage } from "../../chat/reply.ts";
import { seededRandom } from "../../random.ts";
import { accuracyAtLeast, bestTrials, sampleTeam, successiveHalving, type Trial } from "../collect.ts";
import type { Agent } from "../team.ts";
import type { FoundForQuestion } from "../team_chooser.ts";
import { teamOfTopology, type Topology, topologyKey, topologyOf } from "../topology.ts";
import { askTeam, type AskTeamOptions } from "./ask_team.ts";
import { costOf } from "./cost.ts";
import { judge, type JudgeOptions } from "./judge.ts";
import { type TeamQuestion, textOf } from "./prompt.ts";
import { sideBySide } from "./side_by_side.ts";

/** Settings of {@linkcode findTeams}. */
export interface FindTeamsOptions extends AskTeamOptions, JudgeOptions {
  /** Sampling temperature. Default: 0.7; at 0 asking again would tell nothing. */
  readonly temperature?: number | undefined;
  /** Teams that are tried on a question: each agent alone, and others that are drawn. Default: 16. */
  readonly candidates?: number | undefined;
  /** Runs of each, on average: doubtful teams are given up early, and the best are run more. Default: 4. */
  readonly repeats?: number | undefined;
  /** Teams that are kept of a question. Default: 2, as in the paper. */
  readonly keep?: number | undefined;
  /** What a thousand tokens cost, in chances to be right. Default: 0.05. */
  readonly tokenPrice?: number | undefined;
  /** The most tokens for all questions together. Default: no bound. */
  readonly totalTokens?: number | undefined;
  /** Questions at a time. Default: 4. */
  readonly concurrency?: number | undefined;
}

/** A team that was tried on a question, and its tokens. */
export interface AskedTrial extends Trial {
  /** Tokens of one run, on average. */
  readonly tokens: number;
}

/** The teams of one question. */
export interface FoundTeams extends FoundForQuestion {
  /** All that were tried, with their outcomes: failures teach, too. */
  readonly trials: readonly AskedTrial[];
}

/** What the search came to. */
export interface TeamSearch {
  /** By question, those that were left out. `teams` is empty where nobody was right. */
  readonly found: readonly FoundTeams[];
  /** Questions for whose teams the budget might not have been enough. */
  readonly left: readonly TeamQuestion[];
  /** What all cost, questions that were begun and left included. */
  readonly usage: Usage;
}

/**
 * Looks for teams that answer each question: AGP's first stage, with a language model. Each agent alone, and
 * larger teams that are drawn, are run by successive halving; those are kept that are worth most for sure:
 * the least accuracy that their runs show, less the price of their tokens. What `trainTeamChooser` learns
 * from.
 *
 * With a recorded chat a search that was killed goes on where it was: the same seed draws the same teams.
 *
 * @throws RangeError where it is not known which answers are right; as `askTeam` does
 */
export async function findTeams(
  pool: readonly Agent[],
  questions: readonly TeamQuestion[],
  options: FindTeamsOptions,
): Promise<TeamSearch> {
  const { concurrency = 4, maxTokens = 512, signal } = options;
  const text = questions.find((question) => typeof question === "string");
  if (text !== undefined && !options.isRight) {
    throw new RangeError(
      `Cannot look for teams: expected to know which answers are right, found the text "${
        textOf(text).slice(0, 40)
      }"; give isRight`,
    );
  }
  const budget = openBudget(options.totalTokens ?? Infinity);
  const found: FoundTeams[] = [];
  const usages: Usage[] = [NO_USAGE];
  await sideBySide(questions.length, concurrency, async (place) => {
    const question = questions[place]!;
    const own = await searchFor(pool, question, place, options, async (topology, sample) => {
      const team = teamOfTopology(pool, topology);
      const most = costOf(team, question, { ...options, answerTokens: maxTokens }).tokens;
      if (signal?.aborted || !await budget.reserve(most)) return undefined;
      let spent = most;
      try {
        const asked = { ...options, temperature: options.temperature ?? 0.7, sample };
        const { answer, usage } = await askTeam(team, question, asked);
        usages.push(usage);
        spent = totalTokens(usage);
        return { right: await judge(question, answer, options) === true, tokens: spent };
      } finally {
        budget.release(most - spent);
      }
    });
    if (own) found[place] = own;
    return own !== undefined;
  });
  return {
    found: found.filter((one) => one !== undefined),
    left: questions.filter((_, i) => found[i] === undefined),
    usage: addUsage(...usages),
  };
}

type Run = (topology: Topology, sample: number) => Promise<{ right: boolean; tokens: number } | undefined>;

/** The search for one question; `undefined` where a run could not be paid for. */
async function searchFor(
  pool: readonly Agent[],
  question: TeamQuestion,
  place: number,
  { candidates = 16, repeats = 4, keep = 2, tokenPrice = 0.05, seed = 0 }: FindTeamsOptions,
  run: Run,
): Promise<FoundTeams | undefined> {
  const random = seededRandom(seed, "teams", place);
  const drawn = new Map<string, Topology>();
  for (let i = 0; i < candidates; i++) {
    // Each agent alone is always tried: no smaller team can be found by chance.
    const topology = i < pool.length
      ? topologyOf(pool.length, [i], [])
      : sampleTeam(random, { size: pool.length, least: 1 });
    drawn.set(topologyKey(topology), topology);
  }
  const tokens = new Map<Topology, number[]>();
  let broke = false;
  const spentOf = (team: Topology) => {
    const all = tokens.get(team)!;
    return all.reduce((sum, one) => sum + one, 0) / Math.max(1, all.length);
  };
  const worth = (accuracy: number, team: Topology) => accuracy - tokenPrice * spentOf(team) / 1000;
  const teams = [...drawn.values()];
  const rounds = Math.max(1, Math.ceil(Math.log2(teams.length / keep)));
  const trials = await successiveHalving(teams, async (team, times) => {
    const before = tokens.get(team) ?? [];
    tokens.set(team, before);
    let right = 0;
    for (let i = 0; i < times && !broke; i++) {
      const outcome = await run(team, before.length);
      if (!outcome) broke = true;
      else {
        before.push(outcome.tokens);
        right += Number(outcome.right);
      }
    }
    return right;
  }, {
    budget: teams.length * Math.max(repeats, rounds),
    keep,
    score: ({ team, runs, successes }) => worth(successes / runs, team),
  });
  if (broke) return undefined;
  const best = bestTrials(trials, (trial) => worth(accuracyAtLeast(trial), trial.team), keep);
  return {
    question: textOf(question),
    teams: best.filter(({ successes }) => successes > 0).map(({ team }) => team),
    trials: trials.map((trial) => ({ ...trial, tokens: spentOf(trial.team) })),
  };
}
