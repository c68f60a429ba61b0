/** Graded records, made by hand. */
import type { GradedRecord } from "../../lib/evaluation/grade_records.ts";
import { answerOf } from "./made.ts";

/** A graded answer: right or not, of so many tokens. */
export function graded(
  { method = "dense", item, run = 0, right, tokens = 10, closed = true }: {
    method?: string;
    item: number;
    run?: number;
    right: boolean;
    tokens?: number;
    closed?: boolean;
  },
): GradedRecord {
  const grade = { correct: right, error: "" };
  const answer = answerOf("", { thinkTokens: 4, answerTokens: tokens - 4 });
  return {
    record: {
      key: "",
      model: "m",
      method,
      identity: "i",
      dataset: "aime",
      item: `aime/made/${item}`,
      run,
      promptHash: "",
      decoding: { temperature: 0, topP: 1, maxTokens: 9, seed: 0 },
      answer,
      ms: 1,
    },
    answer,
    grades: { count_last_answer: grade, fail: closed ? grade : { correct: false, error: "" } },
    closed,
    skipped: !closed,
    ranAway: false,
    looped: false,
  };
}

export const thirty = Array.from(
  { length: 30 },
  (_, i) => graded({ item: i, right: i < 16, tokens: 100 + 10 * i, closed: i % 3 > 0 }),
);
