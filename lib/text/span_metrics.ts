import { requireOptions } from "../options.ts";
import { mean } from "../statistics/describe.ts";
import { bootstrapInterval, type Interval } from "../statistics/intervals.ts";
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

/** Articles between words; `\b` knows no letters beyond ASCII. */
const ARTICLES = /(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu;

/** Normal form of an answer: small letters, no punctuation (of ASCII), no articles, single spaces. */
export function normalizeAnswer(text: string): string {
  return text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, "").replace(ARTICLES, " ").trim().replace(/\s+/g, " ");
}

/** 1 where the answer is one of the right ones, but for what does not count, else 0. */
export function exactMatch(answer: string, gold: readonly string[]): number {
  return gold.some((right) => normalizeAnswer(right) === normalizeAnswer(answer)) ? 1 : 0;
}

/** F1 of the words of an answer and of a right one: of the right ones, that with the highest. */
export function tokenF1(answer: string, gold: readonly string[]): number {
  return Math.max(...gold.map((right) => wordsF1(normalizeAnswer(answer), normalizeAnswer(right))));
}

function wordsF1(one: string, other: string): number {
  const [words, right] = [one, other].map((text) => text === "" ? [] : text.split(" ")) as [
    string[],
    string[],
  ];
  const left = new Map<string, number>();
  for (const word of right) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return common === 0 ? 0 : 2 * common / (words.length + right.length);
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
