import { readQuestions } from "../../../questions/load_questions.ts";
import type { Question } from "../../../questions/question.ts";

/** Three questions of our own in GSM8K's form, which need no data and are small enough for any model. */
export const MADE_QUESTIONS: readonly Question[] = readQuestions(
  "gsm8k",
  "made",
  [
    ["Tom has 12 marbles and gives 5 of them to Ann. How many marbles does Tom have left?", 7],
    ["A box has 3 rows with 4 eggs each. How many eggs are in the box?", 12],
    ["A pen costs 2 dollars and a book costs 9 dollars. How many dollars do 3 pens and a book cost?", 15],
  ].map(([question, answer]) => JSON.stringify({ question, answer: `#### ${answer}` })).join("\n"),
);
