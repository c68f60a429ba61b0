import { addUsage, NO_USAGE, totalTokens, type Usage } from "../../chat/reply.ts";
import { grade } from "../../questions/grade.ts";
import type { GradingVersion } from "../../questions/question.ts";
import type { Team } from "../team.ts";
import { askTeam, type AskTeamOptions, type TeamAnswer } from "./ask_team.ts";
import { costOf } from "./cost.ts";
import type { TeamQuestion } from "./prompt.ts";

/** Settings of {@linkcode askQuestions}. */
export interface AskQuestionsOptions extends AskTeamOptions {
  /** The team of everybody, for what each question would have cost with it. Default: not said. */
  readonly everybody?: Team | undefined;
  /** The most tokens for all questions together; what may not fit any more is left. Default: no bound. */
  readonly totalTokens?: number | undefined;
  /** Questions at a time. Default: 4. */
  readonly concurrency?: number | undefined;
  /** How replies to questions of a benchmark are graded. Default: `strict`. */
  readonly grading?: GradingVersion | undefined;
}

/** A question with its answer. */
export interface QuestionAnswer extends TeamAnswer {
  /** The question that the team was asked. */
  readonly question: TeamQuestion;
  /** The team that was chosen for it. */
  readonly team: Team;
  /** Whether the answer is right; absent for questions without a known answer. */
  readonly correct?: boolean | undefined;
  /** About how many tokens it would have taken to ask everybody; absent where `everybody` is. */
  readonly everybodyTokens?: number | undefined;
}

/** Answers to all questions, with their total cost. */
export interface QuestionAnswers {
  /** Questions that were asked, in their order. */
  readonly answers: readonly QuestionAnswer[];
  /** Questions that were not: the budget might not have been enough, or it was ended before. */
  readonly left: readonly TeamQuestion[];
  /** Tokens of all questions together. */
  readonly usage: Usage;
}

/**
 * Asks questions of the teams that are chosen for each, several at a time, and grades the answers.
 *
 * A question is begun only if all that it may cost is left of the budget beside what the running ones may
 * cost. Where that is so no more, the ones that run are finished, and the rest is given back.
 *
 * @param teamFor one team for all, or a function that chooses one by the question
 * @throws as `askTeam` does
 */
export async function askQuestions(
  questions: readonly TeamQuestion[],
  teamFor: Team | ((question: TeamQuestion) => Team | Promise<Team>),
  options: AskQuestionsOptions,
): Promise<QuestionAnswers> {
  const { totalTokens: total = Infinity, concurrency = 4, maxTokens = 512, signal } = options;
  const answers: QuestionAnswer[] = [];
  const waiting: (() => void)[] = [];
  let left = total;
  let running = 0;
  let next = 0;
  let stopped = false;

  /** Takes a question's worst case out of the budget, once it is there; false where it never will be. */
  const reserve = async (most: number): Promise<boolean> => {
    while (most > left && running > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    if (stopped || most > left || signal?.aborted) return false;
    left -= most;
    running++;
    return true;
  };
  const release = (tokens: number) => {
    left += tokens;
    running--;
    for (const wake of waiting.splice(0)) wake();
  };
  const askOne = async (place: number): Promise<boolean> => {
    const question = questions[place]!;
    const team = typeof teamFor === "function" ? await teamFor(question) : teamFor;
    const most = costOf(team, question, { ...options, answerTokens: maxTokens }).tokens;
    if (!await reserve(most)) return false;
    let spent = most;
    try {
      const answer = await askTeam(team, question, options);
      spent = totalTokens(answer.usage);
      answers[place] = await completed(question, team, answer, options);
    } finally {
      release(most - spent);
    }
    return true;
  };
  const work = async () => {
    try {
      while (next < questions.length && !stopped) stopped = !await askOne(next++) || stopped;
    } catch (error) {
      stopped = true;
      throw error;
    }
  };
  await allSettled(Array.from({ length: Math.min(concurrency, questions.length) }, () => work));
  const asked = answers.filter((answer) => answer !== undefined);
  return {
    answers: asked,
    left: questions.filter((_, i) => answers[i] === undefined),
    usage: asked.length > 0 ? addUsage(...asked.map(({ usage }) => usage)) : NO_USAGE,
  };
}

/** Waits for all, then throws the first error: what was paid for is not left running. */
async function allSettled(workers: (() => Promise<void>)[]): Promise<void> {
  const ends = await Promise.allSettled(workers.map((work) => work()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function completed(
  question: TeamQuestion,
  team: Team,
  answer: TeamAnswer,
  options: AskQuestionsOptions,
): Promise<QuestionAnswer> {
  const { everybody, grading } = options;
  const graded = typeof question === "string"
    ? {}
    : { correct: answer.answer !== undefined && (await grade(question, answer.answer, grading)).correct };
  const spoken = answer.transcript.filter(({ usage }) => usage.completionTokens > 0);
  const mean = answer.usage.completionTokens / Math.max(spoken.length, 1);
  const compared = everybody
    ? { everybodyTokens: costOf(everybody, question, { ...options, answerTokens: Math.ceil(mean) }).tokens }
    : {};
  return { ...answer, question, team, ...graded, ...compared };
}
