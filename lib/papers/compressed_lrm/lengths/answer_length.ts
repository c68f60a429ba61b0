import type { Question } from "../language.ts";

/** Tokens of a right answer, without its end: a colour; a name, a recall and a colour; two for each step. */
export function answerLength(question: Question): number {
  if (question === "K1") return 1;
  return question === "K2" ? 5 : 2 * Number(question.slice(1));
}
