import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { mean } from "../statistics/describe.ts";
import { bootstrapInterval, type Interval } from "../statistics/intervals.ts";
import { exactMatch, tokenF1 } from "../statistics/word_overlap.ts";
import type { SpanExample } from "./squad.ts";

/** Answers of a model, judged: parts from 0 to 1. */
export interface SpanScore {
  /** Part of the answers that are a right one, word for word. */
  exactMatch: number;
  /** Mean over the answers of the best F1 of their words and a right one's. */
  f1: number;
  /** Where F1 lies of which these questions are a sample. */
  interval: Interval;
}

/**
 * Exact match and F1 of answers, as SQuAD 1.1 counts them, with a bootstrap interval over the questions.
 *
 * @throws {RangeError} where there are not as many answers as questions, or a question has no right answer
 */
export function scoreSpans(
  answers: readonly string[],
  examples: readonly SpanExample[],
  options: { seed?: number } = {},
): SpanScore {
  requireOptions("scoreSpans", options, { seed: true });
  const { seed = 0 } = options;
  const unanswered = examples.find((example) => example.answers.length === 0);
  if (answers.length !== examples.length || answers.length === 0 || unanswered) {
    throw new RangeError(
      `Cannot score ${answers.length} answers to ${examples.length} questions: expected one for each, and a right ` +
        `answer to each${unanswered ? `, which question ${unanswered.id} has not` : ""}`,
    );
  }
  const gold = examples.map((example) => example.answers.map(({ text }) => text));
  const f1 = answers.map((answer, i) => tokenF1(answer, gold[i]!));
  return {
    exactMatch: mean(answers.map((answer, i) => exactMatch(answer, gold[i]!))),
    f1: mean(f1),
    interval: bootstrapInterval(f1, mean, { resamples: 1000, seed }),
  };
}
