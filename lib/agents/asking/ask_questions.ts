import { MOST, requireNumbers } from "../../bounds.ts";
import { RangeError } from "../../errors.ts";
import { type OptionNames, pickOptions, requireOptions, withoutUndefined } from "../../options.ts";
import { openBudget } from "../../chat/budget.ts";
import { isBudgetFailure } from "../../chat/failure.ts";
import { addUsage, NO_USAGE, totalTokens, type Usage } from "../../chat/reply.ts";
import { mean } from "../../statistics/describe.ts";
import { callsOfTeam } from "../call_graph.ts";
import { fullTeam } from "../fixed_topologies.ts";
import type { PricedTeam } from "../price_tag.ts";
import type { Team } from "../team.ts";
import { chooseTeams, type TeamChooser } from "../team_chooser.ts";
import { ASK_TEAM_OPTIONS, askTeam, type AskTeamOptions, type TeamAnswer } from "./ask_team.ts";
import { costOf } from "./cost.ts";
import { judge, JUDGE_OPTIONS, type JudgeOptions } from "./judge.ts";
import { type TeamQuestion, textOf } from "./prompt.ts";
import { sideBySide } from "../../side_by_side.ts";
import { type TurnFailure, wasInterrupted } from "./turn.ts";
import { stopSignal } from "../../stop.ts";

/** Settings of {@linkcode askQuestions}. */
export interface AskQuestionsOptions extends AskTeamOptions, JudgeOptions {
  /**
   * The team of everybody, for what each question would have cost with it. Default: with a chooser, all of
   * its pool, each reading all before it; else it is not said.
   */
  readonly everybody?: Team | undefined;
  /** The most tokens for all questions together; what may not fit any more is left. Default: no bound. */
  readonly totalTokens?: number | undefined;
  /** Questions at a time. Default: 4. */
  readonly concurrency?: number | undefined;
}

/** Names of {@linkcode AskQuestionsOptions}. */
const ASK_QUESTIONS_OPTIONS: OptionNames<AskQuestionsOptions> = {
  ...ASK_TEAM_OPTIONS,
  ...JUDGE_OPTIONS,
  everybody: true,
  totalTokens: true,
  concurrency: true,
};

/** A question with its answer. */
export interface QuestionAnswer extends TeamAnswer {
  /** The question that the team was asked. */
  readonly question: TeamQuestion;
  /** The team that was chosen for it. */
  readonly team: Team;
  /**
   * Whether the answer is right; absent where nobody knows what is right, and where there is none because a
   * call failed, which says nothing of the team.
   */
  readonly correct?: boolean | undefined;
  /** About how many tokens it would have taken to ask everybody; absent where `everybody` is. */
  readonly everybodyTokens?: number | undefined;
}

/** Answers to all questions, with their total cost. */
export interface QuestionAnswers {
  /** Questions that were asked, in their order. */
  readonly answers: readonly QuestionAnswer[];
  /** Questions that were not, or were interrupted: the budget might not have been enough, or it was ended. */
  readonly left: readonly TeamQuestion[];
  /** Reason why they were left, where `totalTokens` or a `budgetedChat` did not allow more. */
  readonly failure?: TurnFailure | undefined;
  /** Tokens of all questions together, those included that were begun and left. */
  readonly usage: Usage;
}

/**
 * Asks questions of the teams that are chosen for each, several at a time, and grades the answers.
 *
 * A question is begun only if all that it may cost is left of the budget beside what the running ones may
 * cost. Where that is so no more, or the chat says that its own budget is not enough (`budgetedChat`), the
 * ones that run are finished, and the rest is given back.
 *
 * @param teams a trained chooser, one team for all, or a function that chooses one by the question
 * @throws RangeError where `totalTokens` or `concurrency` cannot be, or a chooser is given temporal links; as
 * `askTeam` does, but for failures of kind `budget`
 */
export async function askQuestions(
  questions: readonly TeamQuestion[],
  teams: TeamChooser | Team | ((question: TeamQuestion) => Team | Promise<Team>),
  options: AskQuestionsOptions,
): Promise<QuestionAnswers> {
  requireOptions("askQuestions", options, ASK_QUESTIONS_OPTIONS);
  const { totalTokens: total = Infinity, concurrency = 4, maxTokens = 512 } = options;
  requireNumbers("ask questions", { totalTokens: total }, MOST);
  const signal = stopSignal(options.signal);
  if ("pool" in teams && options.temporal) {
    throw new RangeError(
      "Cannot ask the teams of a chooser with temporal links: expected none, for they name positions in one team, " +
        "found some; without them everybody reads their own answer of the round before",
    );
  }
  const everybody = options.everybody ?? ("pool" in teams ? fullTeam(teams.pool) : undefined);
  if (everybody) callsOfTeam(everybody, options);
  const teamAt = await teamsFor(questions, teams);
  const answers: QuestionAnswer[] = [];
  const brokenOff: Usage[] = [];
  let failure: TurnFailure | undefined;
  const budget = openBudget(total);
  await sideBySide(questions.length, concurrency, async (place) => {
    const question = questions[place]!;
    const team = await teamAt(place);
    const most = costOf(team, question, { ...options, answerTokens: maxTokens }).tokens;
    if (!await budget.reserve(most)) {
      const message =
        `Cannot ask all questions: the next may take ${most} tokens, and of ${total} ${budget.left} ` +
        "are left; allow more, or lower maxTokens";
      failure = { kind: "budget", message };
      return false;
    }
    let spent = 0;
    try {
      if (signal?.aborted) return false;
      spent = most;
      const answer = await askTeam(team, question, pickOptions<AskTeamOptions>(options, ASK_TEAM_OPTIONS));
      spent = totalTokens(answer.usage);
      if (wasInterrupted(answer.transcript, signal)) {
        brokenOff.push(answer.usage);
        return false;
      }
      answers[place] = await completed(question, team, answer, { ...options, everybody });
    } catch (error) {
      if (!isBudgetFailure(error)) throw error;
      failure = { kind: "budget", message: error.message };
      brokenOff.push(error.usage);
      spent = totalTokens(error.usage);
      return false;
    } finally {
      budget.release(most - spent);
    }
    return true;
  });
  const asked = answers.filter((answer) => answer !== undefined);
  return withoutUndefined({
    answers: asked,
    left: questions.filter((_, i) => answers[i] === undefined),
    failure,
    usage: addUsage(NO_USAGE, ...asked.map(({ usage }) => usage), ...brokenOff),
  });
}

/**
 * A team as answers show it: its mean tokens, and whether it was right, question by question. What
 * `cheapestWithin` compares.
 *
 * @throws RangeError where it is not known which answers are right, or a call failed in the place of one
 */
export function pricedByAnswers(team: Team, answers: readonly QuestionAnswer[]): PricedTeam<Team> {
  const unknown = answers.find(({ correct }) => correct === undefined);
  if (answers.length === 0 || unknown) {
    const found = unknown ? `no grade of "${textOf(unknown.question).slice(0, 40)}"` : "none";
    throw new RangeError(
      unknown?.failure
        ? `Cannot price the team: expected graded answers, found ${found}, for a call failed (${unknown.failure.kind}); ` +
          "ask that question again, or leave it out for all teams"
        : `Cannot price the team: expected graded answers, found ${found}; give isRight, or ask questions of a benchmark`,
    );
  }
  return {
    team,
    tokens: mean(answers.map(({ usage }) => totalTokens(usage))),
    outcomes: answers.map(({ correct }) => Number(correct)),
  };
}

/** The team of each question, by place. */
async function teamsFor(
  questions: readonly TeamQuestion[],
  teams: Parameters<typeof askQuestions>[1],
): Promise<(place: number) => Team | Promise<Team>> {
  if (typeof teams === "function") return (place) => teams(questions[place]!);
  if (!("pool" in teams)) return () => teams;
  const chosen = questions.length > 0 ? await chooseTeams(teams, questions.map(textOf)) : [];
  return (place) => chosen[place]!;
}

async function completed(
  question: TeamQuestion,
  team: Team,
  answer: TeamAnswer,
  options: AskQuestionsOptions,
): Promise<QuestionAnswer> {
  const correct = await judge(question, answer, options);
  const spoken = answer.transcript.filter(({ usage }) => usage.completionTokens > 0);
  const mean = answer.usage.completionTokens / Math.max(spoken.length, 1);
  const { everybody } = options;
  const everybodyTokens = everybody &&
    costOf(everybody, question, { ...options, answerTokens: Math.ceil(mean) }).tokens;
  return withoutUndefined({ ...answer, question, team, correct, everybodyTokens });
}
