import { SyntaxError } from "../../errors.ts";
import type { Schema } from "../../files/schema.ts";
import type { BenchmarkName, GradingVersion, Question } from "../question.ts";

/** Everything that is known of a benchmark. */
export interface Benchmark {
  /** Name of the benchmark for readers. */
  readonly title: string;
  /** The work to cite. */
  readonly citation: string;
  /** Licence of the questions. */
  readonly licence: string;
  /** Kind of an answer: one of the options, a number, a few words, or a function in Python. */
  readonly kind: "choice" | "number" | "words" | "code";
  /** Folder of its files, under `ESPALIER_DATA` or the cache. */
  readonly folder: string;
  /** Splits of the benchmark, and the file of each. The first one is taken where none is asked for. */
  readonly splits: Readonly<Record<string, string>>;
  /** The questions in the text of a file: id, text, gold answer and what else belongs to them. */
  read(text: string, version: GradingVersion): Omit<Question, "benchmark" | "id">[];
  /**
   * What a model is asked that works alone, without anything else around it. Default: the question's text,
   * and on a line of its own how the answer is to end.
   */
  ask?(text: string): string;
  /** The answer that a reply gives, in the form of the gold one; `undefined` where it gives none. */
  readonly extract: Readonly<
    Record<GradingVersion, (reply: string, question: Question) => string | undefined>
  >;
}

/** A way to read replies of benchmarks that AGP's released code does not know: one for both versions. */
export function readAlike(
  read: (reply: string, question: Question) => string | undefined,
): Benchmark["extract"] {
  return { strict: read, released: read };
}

/**
 * The values of a file with one JSON value a line, each of a shape, and read by `read`.
 *
 * @throws SyntaxError where a line is no JSON value or of another shape, or `read` cannot read it; it names
 * the line and the field
 */
export function jsonLines<T, R = T>(
  text: string,
  schema: Schema,
  read: (value: T) => R = (value) => value as never,
): R[] {
  return text.split("\n").flatMap((line, at) => {
    if (!line.trim()) return [];
    try {
      return [read(shaped<T>(JSON.parse(line), schema))];
    } catch (error) {
      throw new SyntaxError(`line ${at + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/**
 * The value of a JSON text.
 *
 * @throws SyntaxError where it is no JSON, or of another shape; it names the field
 */
export function jsonOf<T>(text: string, schema: Schema): T {
  return shaped<T>(JSON.parse(text), schema);
}

function shaped<T>(value: unknown, schema: Schema): T {
  const problem = schema(value);
  if (problem === undefined) return value as T;
  throw new SyntaxError(problem);
}

/** The name that a question keeps. */
export function questionId(benchmark: BenchmarkName, split: string, place: number): string {
  return `${benchmark}/${split}/${place}`;
}
