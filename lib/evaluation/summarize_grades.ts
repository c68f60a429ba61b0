import { requireNumbers } from "../bounds.ts";
import { requireOptions, withoutUndefined } from "../options.ts";
import type { BenchmarkName } from "../questions/question.ts";
import { mean } from "../statistics/describe.ts";
import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import { type GradedRecord, requireUnclosed, type Unclosed } from "./grade_records.ts";

/** How the shortest, the middle and the longest answers did. */
export interface LengthGroup {
  /** Answers in the group. */
  answers: number;
  /** Part of them that is right; NaN of none. */
  accuracy: number;
  /** Mean number of tokens, thoughts included; NaN of none. */
  tokens: number;
}

/** One model on one data set. */
export interface EvaluationRow {
  /** Name of the model. */
  model: string;
  /** How it was compressed. */
  method: string;
  /** The benchmark. */
  dataset: BenchmarkName;
  /** What counted where thinking was not ended. */
  unclosed: Unclosed;
  /** Questions with an answer. */
  items: number;
  /** Answers, of all runs. */
  answers: number;
  /** Records without an answer, which count for nothing. */
  failed: number;
  /** Part of the answers that is right: the mean over items of their mean over runs. */
  accuracy: number;
  /** Where it lies of which these items are a sample: Wilson's 95 % interval over items. */
  interval: Interval;
  /** Mean F1 of words, where answers are words. */
  f1?: number;
  /** Part of the answers that contains a right one, where answers are words. */
  contains?: number;
  /** Part of the answers that ended thinking. */
  closed: number;
  /** Part that answered without thinking. */
  skipped: number;
  /** Part that ran away. */
  ranAway: number;
  /** Part that ended repeating itself. */
  looped: number;
  /** Mean tokens of an answer, thoughts included. */
  tokens: number;
  /** Tokens of all answers for each right one; infinite where none is. */
  tokensPerCorrect: number;
  /** Whether some tokens are estimates. */
  estimated: boolean;
  /** The answers by length. */
  byLength: { shortest: LengthGroup; middle: LengthGroup; longest: LengthGroup };
}

/** Settings of {@linkcode summarizeGrades}. */
export interface SummarizeOptions {
  /** What counts where thinking was not ended. Default `"count_last_answer"`. */
  unclosed?: Unclosed | undefined;
  /** Part of the answers that are the shortest, and the longest. Default a third; the paper took 0.3. */
  share?: number | undefined;
}

/**
 * One row for each model, method and data set, in the order in which they come.
 *
 * @throws {RangeError} where `share` is not above 0 and at most a half, or `unclosed` is none of its words
 */
export function summarizeGrades(
  graded: readonly GradedRecord[],
  options: SummarizeOptions = {},
): EvaluationRow[] {
  requireOptions("summarizeGrades", options, { unclosed: true, share: true });
  const { unclosed = "count_last_answer", share = 1 / 3 } = options;
  requireUnclosed("summarize grades", unclosed);
  requireNumbers("part answers by length", { share }, { above: 0, to: 0.5 });
  const groups = Map.groupBy(
    graded,
    ({ record: { model, method, dataset } }) => JSON.stringify([model, method, dataset]),
  );
  return [...groups.values()].map((rows) => rowOf(rows, unclosed, share));
}

function rowOf(rows: readonly GradedRecord[], unclosed: Unclosed, share: number): EvaluationRow {
  const { model, method, dataset } = rows[0]!.record;
  const answered = rows.filter(({ grades }) => grades);
  const part = (of: (row: GradedRecord) => number | boolean) => mean(answered.map((row) => Number(of(row))));
  const isRight = (row: GradedRecord) => row.grades![unclosed].correct;
  const accuracies = [...accuracyByItem(answered, unclosed).values()];
  const right = answered.filter(isRight).length;
  const lengths = answered.map(tokensOf);
  const graded = answered.some(({ grades }) => grades![unclosed].f1 !== undefined);
  return withoutUndefined({
    model,
    method,
    dataset,
    unclosed,
    items: accuracies.length,
    answers: answered.length,
    failed: rows.length - answered.length,
    accuracy: mean(accuracies),
    interval: wilsonInterval(accuracies.reduce((sum, value) => sum + value, 0), accuracies.length),
    f1: graded ? part(({ grades }) => grades![unclosed].f1 ?? 0) : undefined,
    contains: graded ? part(({ grades }) => grades![unclosed].contains ?? false) : undefined,
    closed: part(({ closed }) => closed),
    skipped: part(({ skipped }) => skipped),
    ranAway: part(({ ranAway }) => ranAway),
    looped: part(({ looped }) => looped),
    tokens: mean(lengths),
    tokensPerCorrect: right === 0 ? Infinity : lengths.reduce((sum, value) => sum + value, 0) / right,
    estimated: answered.some(({ answer }) => answer!.estimated),
    byLength: byLength(answered, isRight, share),
  });
}

/** Mean over runs for each item, 0 to 1, of the records that have an answer. */
export function accuracyByItem(graded: readonly GradedRecord[], unclosed: Unclosed): Map<string, number> {
  const items = Map.groupBy(graded.filter(({ grades }) => grades), ({ record }) => record.item);
  return new Map(
    [...items].map(([item, rows]) => [item, mean(rows.map((row) => Number(row.grades![unclosed].correct)))]),
  );
}

const tokensOf = ({ answer }: GradedRecord): number => answer!.thinkTokens + answer!.answerTokens;

function byLength(
  answered: readonly GradedRecord[],
  isRight: (row: GradedRecord) => boolean,
  share: number,
): EvaluationRow["byLength"] {
  const sorted = answered.toSorted((a, b) => tokensOf(a) - tokensOf(b));
  const size = Math.round(share * sorted.length);
  const group = (rows: readonly GradedRecord[]): LengthGroup => ({
    answers: rows.length,
    accuracy: mean(rows.map((row) => Number(isRight(row)))),
    tokens: mean(rows.map(tokensOf)),
  });
  return {
    shortest: group(sorted.slice(0, size)),
    middle: group(sorted.slice(size, sorted.length - size)),
    longest: group(sorted.slice(sorted.length - size)),
  };
}
