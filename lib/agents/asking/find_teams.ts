import { COUNT, MOST, requireNumbers } from "../../bounds.ts";
import { Error, RangeError } from "../../errors.ts";
import { omitNames, type OptionNames, pickOptions, requireOptions, withoutUndefined } from "../../options.ts";
import { type Budget, openBudget } from "../../chat/budget.ts";
import { isBudgetFailure } from "../../chat/failure.ts";
import { addUsage, NO_USAGE, totalTokens, type Usage } from "../../chat/reply.ts";
import { seededRandom } from "../../random.ts";
import { accuracyAtLeast, bestTrials, sampleTeam, successiveHalving, type Trial } from "../collect.ts";
import type { Agent, Team } from "../team.ts";
import type { FoundForQuestion } from "../team_chooser.ts";
import { teamOfTopology, type Topology, topologyKey, topologyOf } from "../topology.ts";
import { ASK_TEAM_OPTIONS, askTeam, type AskTeamOptions } from "./ask_team.ts";
import { costOf } from "./cost.ts";
import { judge, JUDGE_OPTIONS, type JudgeOptions } from "./judge.ts";
import { type TeamQuestion, textOf } from "./prompt.ts";
import { sideBySide } from "../../side_by_side.ts";
import { type TurnFailure, wasInterrupted } from "./turn.ts";
import { stopSignal } from "../../stop.ts";

/**
 * Settings of {@linkcode findTeams}: those of a team, but for what only one team can have, links to the round
 * before, and the number of the sample, which counts its runs.
 */
export interface FindTeamsOptions extends Omit<AskTeamOptions, "temporal" | "sample">, JudgeOptions {
  /** Sampling temperature. Default: 0.7; at 0 asking again would tell nothing. */
  readonly temperature?: number | undefined;
  /**
   * Teams that are tried on a question: each agent alone, however few these are, and others that are drawn.
   * Default: 16.
   */
  readonly candidates?: number | undefined;
  /** Runs of each, on average: doubtful teams are given up early, and the best are run more. Default: 4. */
  readonly repeats?: number | undefined;
  /** Teams that are kept of a question. Default: 2, as in the paper. */
  readonly keep?: number | undefined;
  /** Price of a thousand tokens, in chances to be right. Default: 0.05. */
  readonly tokenPrice?: number | undefined;
  /** The most tokens for all questions together. Default: no bound. */
  readonly totalTokens?: number | undefined;
  /**
   * Questions at a time. Default: 4; 1 where `totalTokens` is given, so that it pays for whole questions and
   * not for the beginnings of many. For the same reason give 1 with a `budgetedChat`.
   */
  readonly concurrency?: number | undefined;
}

/** Names of {@linkcode FindTeamsOptions}. */
const FIND_TEAMS_OPTIONS: OptionNames<FindTeamsOptions> = {
  ...omitNames(ASK_TEAM_OPTIONS, "temporal", "sample"),
  ...JUDGE_OPTIONS,
  candidates: true,
  repeats: true,
  keep: true,
  tokenPrice: true,
  totalTokens: true,
  concurrency: true,
};

/**
 * A team that was tried on a question, and its tokens. An answer that its model did not bring to an end (cut,
 * empty, refused, filtered, a call of a tool) is a wrong one; a call that failed says nothing of the team,
 * and is no run.
 */
export interface AskedTrial extends Trial {
  /** Number of times it was asked and a call failed, beside the runs. */
  readonly failures: number;
  /** Tokens of one run, on average. */
  readonly tokens: number;
}

/** The teams of one question. */
export interface FoundTeams extends FoundForQuestion {
  /** All that were tried, with their outcomes: failures teach, too. */
  readonly trials: readonly AskedTrial[];
}

/** Result of the search. */
export interface TeamSearch {
  /** By question, those that were left out. `teams` is empty where nobody was right. */
  readonly found: readonly FoundTeams[];
  /** Questions for whose teams the budget might not have been enough. */
  readonly left: readonly TeamQuestion[];
  /** Reason why they were left, where `totalTokens` or a `budgetedChat` did not allow more. */
  readonly failure?: TurnFailure | undefined;
  /** Tokens of all calls, questions that were begun and left included. */
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
 * @throws RangeError where it is not known which answers are right, or a number cannot be, such as that of
 * candidates; Error where the endpoint rejects a request or, before any run had an answer, is not there, at
 * once, or where no run had an answer, at the end; as `askTeam` does, but for failures of kind `budget`
 */
export async function findTeams(
  pool: readonly Agent[],
  questions: readonly TeamQuestion[],
  options: FindTeamsOptions,
): Promise<TeamSearch> {
  requireOptions("findTeams", options, FIND_TEAMS_OPTIONS);
  const { candidates = 16, repeats = 4, keep = 2, tokenPrice = 0.05 } = options;
  const all = options.totalTokens ?? Infinity;
  const concurrency = options.concurrency ?? (all === Infinity ? 4 : 1);
  const text = questions.find((question) => typeof question === "string");
  if (text !== undefined && !options.isRight) {
    throw new RangeError(
      `Cannot look for teams: expected to know which answers are right, found the text "${
        textOf(text).slice(0, 40)
      }"; give isRight`,
    );
  }
  requireNumbers("look for teams", { candidates, repeats, keep, concurrency }, COUNT);
  requireNumbers("look for teams", { tokenPrice }, { from: 0 });
  requireNumbers("look for teams", { totalTokens: all }, MOST);
  const ledger: Ledger = {
    budget: openBudget(all),
    usages: [NO_USAGE],
    answered: 0,
    unreached: 0,
  };
  const asking = { ...options, signal: stopSignal(options.signal) };
  const found: FoundTeams[] = [];
  await sideBySide(questions.length, concurrency, async (place) => {
    const question = questions[place]!;
    const own = await searchFor(pool, { question, place }, options, async (topology, sample) => {
      const team = teamOfTopology(pool, topology);
      return await runOnce(team, question, { ...asking, concurrency, sample }, ledger);
    });
    if (own) found[place] = own;
    return own !== undefined;
  });
  const { answered, failure, ended, usages } = ledger;
  if (failure && answered === 0) throw nobodyAnswers("no run had an answer", failure);
  return withoutUndefined({
    found: found.filter((one) => one !== undefined),
    left: questions.filter((_, i) => found[i] === undefined),
    failure: ended,
    usage: addUsage(...usages),
  });
}

/** What the runs for all questions spend, and how they end. */
interface Ledger {
  readonly budget: Budget;
  readonly usages: Usage[];
  /** Runs without a failure. */
  answered: number;
  /** Runs that reached nobody. */
  unreached: number;
  /** The last failure of a run. */
  failure?: TurnFailure;
  /** Reason why some run could not be paid for. */
  ended?: TurnFailure;
}

/** Asks a team once and judges its answer, where the budget allows it. */
async function runOnce(
  team: Team,
  question: TeamQuestion,
  options: FindTeamsOptions & { concurrency: number; sample: number },
  ledger: Ledger,
): ReturnType<Run> {
  const { signal, maxTokens = 512, temperature = 0.7, totalTokens: all } = options;
  const { budget } = ledger;
  const most = costOf(team, question, { ...options, answerTokens: maxTokens }).tokens;
  if (signal?.aborted) return undefined;
  if (!await budget.reserve(most)) {
    ledger.ended = {
      kind: "budget",
      message:
        `Cannot finish a question: the next run may take ${most} tokens, and of ${all} ${budget.left} ` +
        "are left; allow more, or try fewer candidates, repeats or maxTokens",
    };
    return undefined;
  }
  let spent = most;
  try {
    const asked = { ...pickOptions<AskTeamOptions>(options, ASK_TEAM_OPTIONS), temperature };
    const answer = await askTeam(team, question, asked);
    const { failure, usage } = answer;
    ledger.usages.push(usage);
    spent = totalTokens(usage);
    if (wasInterrupted(answer.transcript, signal)) return undefined;
    if (!failure) ledger.answered++;
    else {
      ledger.failure = failure;
      if (failure.kind === "rejected") throw nobodyAnswers("the endpoint rejects a request", failure);
      // Each has been tried again and again by now; of a server that is not there, all calls would be.
      if (failure.kind === "network" && ledger.answered === 0 && ++ledger.unreached >= options.concurrency) {
        throw nobodyAnswers("nobody is there", failure);
      }
    }
    const right = await judge(question, answer, options);
    return right === undefined ? "failed" : { right, tokens: spent };
  } catch (error) {
    if (!isBudgetFailure(error)) throw error;
    ledger.ended = { kind: "budget", message: error.message };
    ledger.usages.push(error.usage);
    spent = totalTokens(error.usage);
    return undefined;
  } finally {
    budget.release(most - spent);
  }
}

/** The error where going on would tell nothing of any team. */
function nobodyAnswers(why: string, failure: TurnFailure): Error {
  return new Error(`Cannot look for teams: ${why}: ${failure.message}`, { cause: failure });
}

/** A run of a team: its outcome, that a call of it failed, or nothing where it could not be paid for. */
type Run = (
  topology: Topology,
  sample: number,
) => Promise<{ right: boolean; tokens: number } | "failed" | undefined>;

/** The search for one question; `undefined` where a run could not be paid for. */
async function searchFor(
  pool: readonly Agent[],
  { question, place }: { question: TeamQuestion; place: number },
  { candidates = 16, repeats = 4, keep = 2, tokenPrice = 0.05, seed = 0 }: FindTeamsOptions,
  run: Run,
): Promise<FoundTeams | undefined> {
  const random = seededRandom(seed, "teams", place);
  const drawn = new Map<string, Topology>();
  for (let i = 0; i < Math.max(candidates, pool.length); i++) {
    // Each agent alone is always tried: no smaller team can be found by chance.
    const topology = i < pool.length
      ? topologyOf(pool.length, [i], [])
      : sampleTeam(random, { size: pool.length, least: 1 });
    drawn.set(topologyKey(topology), topology);
  }
  const teams = [...drawn.values()];
  const tallies = new Map(teams.map((team) => [team, { runs: 0, successes: 0, failures: 0, tokens: 0 }]));
  let broke = false;
  const trialOf = (team: Topology): AskedTrial => {
    const tally = tallies.get(team)!;
    return { ...tally, team, tokens: tally.tokens / Math.max(1, tally.runs) };
  };
  // A team of whom nothing is known, for all its calls failed, comes behind all others.
  const worth = (accuracyOf: (trial: AskedTrial) => number, team: Topology) => {
    const trial = trialOf(team);
    return trial.runs === 0 ? -Infinity : accuracyOf(trial) - tokenPrice * trial.tokens / 1000;
  };
  const rounds = Math.max(1, Math.ceil(Math.log2(teams.length / keep)));
  await successiveHalving(teams, async (team, times) => {
    const tally = tallies.get(team)!;
    for (let i = 0; i < times && !broke; i++) {
      const outcome = await run(team, tally.runs + tally.failures);
      if (!outcome) broke = true;
      else if (outcome === "failed") tally.failures++;
      else {
        tally.runs++;
        tally.tokens += outcome.tokens;
        tally.successes += Number(outcome.right);
      }
    }
    return tally.successes;
  }, {
    budget: teams.length * Math.max(repeats, rounds),
    keep,
    score: ({ team }) => worth(({ successes, runs }) => successes / runs, team),
  });
  if (broke) return undefined;
  const trials = teams.map(trialOf);
  const best = bestTrials(trials, ({ team }) => worth(accuracyAtLeast, team), keep);
  return {
    question: textOf(question),
    teams: best.filter(({ successes }) => successes > 0).map(({ team }) => team),
    trials,
  };
}
