import type { OptionNames } from "../../options.ts";
import { grade } from "../../questions/grade.ts";
import type { GradingVersion } from "../../questions/question.ts";
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
 * Whether an answer is right; no answer is wrong, and where nobody knows what is right, it is unknown.
 */
export async function judge(
  question: TeamQuestion,
  answer: string | undefined,
  { grading, isRight }: JudgeOptions,
): Promise<boolean | undefined> {
  if (typeof question === "string" && !isRight) return undefined;
  if (answer === undefined) return false;
  if (isRight) return await isRight(question, answer);
  return (await grade(question as Exclude<TeamQuestion, string>, answer, grading)).correct;
}
