import type { OptionNames } from "../../options.ts";
import { OWN_WORDS } from "../../chat/failure.ts";
import { grade } from "../../questions/grade.ts";
import type { GradingVersion } from "../../questions/question.ts";
import type { TeamAnswer } from "./ask_team.ts";
import type { TeamQuestion } from "./prompt.ts";

/** How answers are judged. */
export interface JudgeOptions {
  /** How replies to questions of a benchmark are graded. Default: `strict`. */
  readonly grading?: GradingVersion | undefined;
  /** Whether an answer is right, for questions of one's own. Default: those of benchmarks are graded. */
  readonly isRight?: ((question: TeamQuestion, answer: string) => boolean | Promise<boolean>) | undefined;
}

/** Names of {@linkcode JudgeOptions}. */
export const JUDGE_OPTIONS: OptionNames<JudgeOptions> = { grading: true, isRight: true };

/**
 * Whether a team's answer is right. What a model said in the place of an answer (cut, empty, refused,
 * filtered, a call of a tool) is wrong; where a call failed otherwise, or nobody knows what is right, it is
 * unknown: a server that is busy says nothing of the team.
 */
export async function judge(
  question: TeamQuestion,
  { answer, failure, transcript }: Pick<TeamAnswer, "answer" | "failure" | "transcript">,
  { grading, isRight }: JudgeOptions,
): Promise<boolean | undefined> {
  if (typeof question === "string" && !isRight) return undefined;
  if (answer === undefined) {
    const failed = failure?.kind === "nobody" ? transcript.map((turn) => turn.failure) : [failure];
    return failed.every((one) => one === undefined || OWN_WORDS.has(one.kind)) ? false : undefined;
  }
  if (isRight) return await isRight(question, answer);
  return (await grade(question as Exclude<TeamQuestion, string>, answer, grading)).correct;
}
