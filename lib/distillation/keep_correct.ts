import { COUNT, requireNumbers } from "../bounds.ts";
import { opensThinking } from "../chat/thinking.ts";
import { type GradedRecord, requireUnclosed, type Unclosed } from "../evaluation/grade_records.ts";
import { requireOptions, requireWords } from "../options.ts";

/** Settings of {@linkcode keepCorrect}. */
export interface KeepCorrectOptions {
  /** Which of a question's right answers stay: all that differ, or the shortest one. Default `"all"`. */
  keep?: "all" | "shortest" | undefined;
  /** The most tokens of an answer, thoughts included. Default: any number. */
  maxTokens?: number | undefined;
  /**
   * What counts where thinking was not ended: `"fail"` where the chat template opens the thoughts, so that a
   * reply that never ended them has no tag at all. Default `"count_last_answer"`, of replies that open none.
   */
  unclosed?: Unclosed | undefined;
}

/**
 * Rejection sampling: of several answers to each question those that are right, ended by themselves and,
 * where they think, ended thinking; equal ones once. Ask with `askModels`, of the teacher, with `runs` for
 * the number of answers and a temperature of 0.7 to 1, on questions to learn from alone (`holdOut`).
 *
 * @throws {RangeError} where `keep` or `unclosed` is none of its words, or `maxTokens` no number from 1
 */
export function keepCorrect(
  graded: readonly GradedRecord[],
  options: KeepCorrectOptions = {},
): GradedRecord[] {
  requireOptions("keepCorrect", options, { keep: true, maxTokens: true, unclosed: true });
  const { keep = "all", maxTokens = Infinity, unclosed = "count_last_answer" } = options;
  requireWords("keep correct answers", { keep }, { keep: { all: true, shortest: true } });
  requireUnclosed("keep correct answers", unclosed);
  requireNumbers("keep correct answers", { maxTokens }, { ...COUNT, orInfinity: true });
  const good = graded.filter(({ answer, grades, closed }) =>
    answer?.finishReason === "stop" && grades![unclosed].correct &&
    tokensOf(answer) <= maxTokens && (closed || !opensThinking(answer.text))
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
