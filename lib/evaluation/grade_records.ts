import { RangeError } from "../errors.ts";
import { readThinking } from "../chat/thinking.ts";
import { loopPeriod } from "../lm/loop.ts";
import { requireOptions, requireWords } from "../options.ts";
import { BENCHMARKS } from "../questions/benchmarks.ts";
import { type Grade, grade } from "../questions/grade.ts";
import { pythonLimits, type PythonOptions } from "../questions/python/run_python.ts";
import type { Question } from "../questions/question.ts";
import type { Answer } from "./answerer.ts";
import { questionsById } from "./questions_by_id.ts";
import type { AnswerRecord } from "./record.ts";

/**
 * What counts where thinking was not ended: the last answer in the text (`count_last_answer`), or nothing
 * (`fail`). It moves scores further than much compression does, so both are reported.
 */
export type Unclosed = "count_last_answer" | "fail";

/**
 * Refuses what does not say what counts where thinking was not ended.
 *
 * @param action what cannot be done so: "grade answers"
 * @throws RangeError naming the words that do
 */
export function requireUnclosed(action: string, unclosed: Unclosed): void {
  requireWords(action, { unclosed }, { unclosed: { count_last_answer: true, fail: true } });
}

/** An answer with its grades. */
export interface GradedRecord {
  /** The record. */
  readonly record: AnswerRecord;
  /** The answer; absent where there was none. */
  readonly answer?: Answer | undefined;
  /** Grades by what counts where thinking was not ended; absent where there was no answer. */
  readonly grades?: Readonly<Record<Unclosed, Grade>> | undefined;
  /** Whether thinking was ended. */
  readonly closed: boolean;
  /** Whether it answered without thinking: no closing tag, and fewer than 6,000 characters. */
  readonly skipped: boolean;
  /** Whether it ran away: no closing tag, and 60,000 characters or more. */
  readonly ranAway: boolean;
  /** Whether it ended repeating itself. */
  readonly looped: boolean;
}

const WRONG: Grade = { correct: false, error: "" };

/**
 * Grades the whole text of a reply: its answer behind the thoughts; of a number that the answer does not
 * give, the one that all the text does.
 *
 * @param unclosed what counts where thinking was not ended
 * @param limits of code; 10 seconds and 256 MB by default
 * @throws {RangeError} where `unclosed` is none of its words, or limits cannot be
 */
export async function gradeReply(
  question: Question,
  text: string,
  unclosed: Unclosed = "count_last_answer",
  limits: PythonOptions = {},
): Promise<Grade> {
  requireOptions("gradeReply", limits, { seconds: true, memoryMb: true });
  pythonLimits(limits);
  requireUnclosed("grade a reply", unclosed);
  const { answer, closed } = readThinking(text);
  if (!closed && unclosed === "fail") return WRONG;
  const found = await grade(question, answer, "strict", limits);
  const isNumber = BENCHMARKS[question.benchmark].kind === "number";
  return found.answer === undefined && isNumber ? await grade(question, text, "strict", limits) : found;
}

/**
 * Grades recorded answers, without asking anybody: after a change to a grader, once more.
 *
 * @param questions those that were asked, in any order
 * @throws {RangeError} where a record's question is not among them, or two that differ have one name; where
 * limits cannot be
 */
export async function gradeRecords(
  records: readonly AnswerRecord[],
  questions: readonly Question[],
  limits: PythonOptions = {},
): Promise<GradedRecord[]> {
  requireOptions("gradeRecords", limits, { seconds: true, memoryMb: true });
  pythonLimits(limits);
  const known = questionsById(questions, "grade answers");
  const graded: GradedRecord[] = [];
  for (const record of records) {
    const question = known.get(record.item);
    if (!question) {
      throw new RangeError(
        `Cannot grade an answer to ${record.item}: expected its question among the ${questions.length} given; ` +
          `load all that were asked`,
      );
    }
    graded.push(await gradeRecord(record, question, limits));
  }
  return graded;
}

async function gradeRecord(
  record: AnswerRecord,
  question: Question,
  limits: PythonOptions,
): Promise<GradedRecord> {
  const { answer } = record;
  if (!answer) return { record, closed: false, skipped: false, ranAway: false, looped: false };
  const { text } = answer;
  const { closed } = readThinking(text);
  const last = await gradeReply(question, text, "count_last_answer", limits);
  return {
    record,
    answer,
    grades: { count_last_answer: last, fail: closed ? last : WRONG },
    closed,
    skipped: !closed && text.length < 6000,
    ranAway: !closed && text.length >= 60_000,
    looped: answer.finishReason === "loop" ||
      (answer.finishReason === "length" && loopPeriod(wordNumbers(text)) !== undefined),
  };
}

/** The words of a text by number, where no tokens are known. */
function wordNumbers(text: string): number[] {
  const numbers = new Map<string, number>();
  return text.trim().split(/\s+/).map((word) => {
    if (!numbers.has(word)) numbers.set(word, numbers.size);
    return numbers.get(word)!;
  });
}
