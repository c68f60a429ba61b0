import type { GradedRecord } from "../evaluation/grade_records.ts";
import { requireOptions, requireWords } from "../options.ts";

/** Settings of {@linkcode keepCorrect}. */
export interface KeepCorrectOptions {
  /** Which of a question's right answers stay: all that differ, or the shortest one. Default `"all"`. */
  keep?: "all" | "shortest" | undefined;
  /** The most tokens of an answer, thoughts included. Default: any number. */
  maxTokens?: number | undefined;
}

/**
 * Rejection sampling: of several answers to each question those that are right, ended by themselves and,
 * where they think, ended thinking; equal ones once. Ask with `askModels`, of the teacher, with `runs` for
 * the number of answers and a temperature of 0.7 to 1, on questions to learn from alone (`holdOut`).
 */
export function keepCorrect(
  graded: readonly GradedRecord[],
  options: KeepCorrectOptions = {},
): GradedRecord[] {
  requireOptions("keepCorrect", options, { keep: true, maxTokens: true });
  const { keep = "all", maxTokens = Infinity } = options;
  requireWords("keep correct answers", { keep }, { keep: { all: true, shortest: true } });
  const good = graded.filter(({ answer, grades, closed }) =>
    answer?.finishReason === "stop" && grades!.count_last_answer.correct &&
    tokensOf(answer) <= maxTokens && (closed || !/<think/i.test(answer.text))
  );
  const byQuestion = Map.groupBy(good, ({ record }) => record.item);
  return [...byQuestion.values()].flatMap((rows) => {
    const different = [...new Map(rows.toReversed().map((row) => [row.answer!.text.trim(), row])).values()]
      .toReversed();
    if (keep === "all") return different;
    return [different.reduce((a, b) => tokensOf(b.answer!) < tokensOf(a.answer!) ? b : a)];
  });
}

const tokensOf = ({ thinkTokens, answerTokens }: { thinkTokens: number; answerTokens: number }): number =>
  thinkTokens + answerTokens;
