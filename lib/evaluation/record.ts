import { totalTokens, type Usage } from "../chat/reply.ts";
import { Error } from "../errors.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { textDigest } from "../files/digest.ts";
import { readJsonLines } from "../files/json_lines.ts";
import type { BenchmarkName } from "../questions/question.ts";
import type { Answer, ItemDecoding } from "./answerer.ts";

/** Which answer a record holds: what its key is the hash of. */
export interface RecordPlace {
  /** Name of the model. */
  readonly model: string;
  /** How it was compressed: `dense`, `sparsegpt 50 %`, `gptq 3 bits`. */
  readonly method: string;
  /** What its answers follow from beside the prompt. */
  readonly identity: string;
  /** Benchmark of the question. */
  readonly dataset: BenchmarkName;
  /** Name of the question. */
  readonly item: string;
  /** Which of several runs over the questions, from 0. */
  readonly run: number;
  /** SHA-256 of the prompt, in hex. */
  readonly promptHash: string;
  /** How it was drawn. */
  readonly decoding: ItemDecoding;
}

/** One answer, or the failure to get one: a line of the log. */
export interface AnswerRecord extends RecordPlace {
  /** Hash of the record's place. */
  readonly key: string;
  /** The answer; absent where there was none. */
  readonly answer?: Answer | undefined;
  /** Why there was none, and what it cost, where it did; another run asks again. */
  readonly failure?:
    | { readonly kind: string; readonly message: string; readonly usage?: Usage | undefined }
    | undefined;
  /** Wall time, in milliseconds. */
  readonly ms: number;
}

/** The key of an answer's place. */
export function recordKey(
  { model, method, identity, dataset, item, run, promptHash, decoding }: RecordPlace,
): string {
  const place = { model, method, identity, dataset, item, run, promptHash, decoding };
  return textDigest(canonicalJson(place, "record"));
}

/**
 * The records of a log, one for each key: its answer, where there is one. None where there is no file; a last
 * line that was cut off is passed over.
 *
 * @throws Error where a record's key is not that of its fields: it was changed
 */
export async function readRecords(path: string): Promise<AnswerRecord[]> {
  const found = new Map<string, AnswerRecord>();
  for (const record of await recordsIn(path)) {
    if (record.answer || !found.get(record.key)?.answer) found.set(record.key, record);
  }
  return [...found.values()];
}

/**
 * Tokens that all lines of a log took, prompts and answers: those of tries that came to nothing and of
 * failures, too, also where the answer came later.
 *
 * @throws Error as {@linkcode readRecords} does
 */
export async function spentTokens(path: string): Promise<number> {
  let tokens = 0;
  for (const { answer, failure } of await recordsIn(path)) {
    if (answer) tokens += answer.promptTokens + answer.thinkTokens + answer.answerTokens;
    for (const usage of [answer?.lost, failure?.usage]) tokens += usage ? totalTokens(usage) : 0;
  }
  return tokens;
}

/** All lines of a log, in their order. */
async function recordsIn(path: string): Promise<AnswerRecord[]> {
  const records = await readJsonLines<AnswerRecord>(path);
  const changed = records.find((record) => record.key !== recordKey(record));
  if (!changed) return records;
  throw new Error(
    `Cannot use the answers in ${path}: expected the key of item ${changed.item}, run ${changed.run}, found ` +
      `another; the line was changed: leave it out, and it is asked again`,
  );
}
