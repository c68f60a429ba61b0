import type { Answer, Answerer } from "../../lib/evaluation/answerer.ts";
import { readQuestions } from "../../lib/questions/load_questions.ts";
import type { Question } from "../../lib/questions/question.ts";

/** So many sums, whose answers are 10, 11, 12, … */
export function sums(count: number): Question[] {
  const rows = Array.from({ length: count }, (_, i) => ({ sQuestion: `${i} + 10?`, lSolutions: [i + 10] }));
  return readQuestions("multiarith", "made", JSON.stringify(rows));
}

/** An answer with this text, of as many tokens as it has characters. */
export function answerOf(text: string, change: Partial<Answer> = {}): Answer {
  return {
    text,
    finishReason: "stop",
    promptTokens: 5,
    thinkTokens: 0,
    answerTokens: text.length,
    estimated: false,
    answeredBy: "made",
    ...change,
  };
}

/** The number that a sum of {@linkcode sums} begins with. */
export const placeIn = (prompt: string): number => Number(prompt.match(/\d+/)![0]);

/** Adds up, after thinking. */
export const adder: Answerer = {
  identity: "adder",
  answer: ({ prompt, seed }) =>
    Promise.resolve(
      answerOf(`<think>\nseed ${seed}\n</think>\n\nThe answer is ${placeIn(prompt) + 10}`),
    ),
};
