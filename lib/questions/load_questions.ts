import { RangeError, SyntaxError } from "../errors.ts";
import { readFile } from "../files/read_file.ts";
import { gunzip } from "../formats/archives/gunzip.ts";
import { quoted } from "../printable.ts";
import { requireOptions } from "../options.ts";
import { dataFolders, filesIn } from "../data/folders.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { type Benchmark, questionId } from "./benchmarks/benchmark.ts";
import type { BenchmarkName, GradingVersion, Question } from "./question.ts";
import { NotFoundError } from "../files/not_found.ts";

/** Which questions, and how they are worded. */
export interface LoadQuestionsOptions {
  /** Split: `test`. Default: the benchmark's first one. */
  readonly split?: string | undefined;
  /** Wording of the questions. Default: `strict`. */
  readonly version?: GradingVersion | undefined;
  /** Folder of the benchmark's files. Default: that under `ESPALIER_DATA`, else in the cache. */
  readonly folder?: string | undefined;
}

/** @throws RangeError for a name that no benchmark has; it names those there are */
function benchmarkOf(name: BenchmarkName): Benchmark {
  if (Object.hasOwn(BENCHMARKS, name)) return BENCHMARKS[name];
  throw new RangeError(
    `Cannot read questions: expected one of the benchmarks (${
      Object.keys(BENCHMARKS).join(", ")
    }), found "${name}"; for questions of your own, name the one whose files are of their form`,
  );
}

/**
 * The questions of a benchmark's split, in the order of its file.
 *
 * @throws RangeError for a benchmark that there is not, or a split that it has not; Error where its file is
 * nowhere or unreadable
 */
export async function loadQuestions(
  name: BenchmarkName,
  options: LoadQuestionsOptions = {},
): Promise<Question[]> {
  requireOptions("loadQuestions", options, { split: true, version: true, folder: true });
  const { splits, title, folder } = benchmarkOf(name);
  const { split = Object.keys(splits)[0]!, version = "strict" } = options;
  const file = Object.hasOwn(splits, split) ? splits[split] : undefined;
  if (!file) {
    throw new RangeError(
      `Cannot load ${title}: expected one of its splits (${
        Object.keys(splits).join(", ")
      }), found "${split}"`,
    );
  }
  const folders = options.folder === undefined ? dataFolders(folder) : [options.folder];
  for (const place of folders) {
    if ((await filesIn(place)).includes(file)) {
      return readQuestions(name, split, await textOf(`${place}/${file}`), version);
    }
  }
  throw new NotFoundError(
    `Cannot find ${title}: looked for ${file} in ${
      folders.join(" and ")
    }; put it there, or set ESPALIER_DATA ` +
      `to a folder that has ${folder}/${file}`,
  );
}

/**
 * The questions in the text of a benchmark's file.
 *
 * @throws SyntaxError where the text is not of the form that the benchmark's files have; RangeError for a
 * benchmark that there is not
 */
export function readQuestions(
  name: BenchmarkName,
  split: string,
  text: string,
  version: GradingVersion = "strict",
): Question[] {
  const { read, title, kind } = benchmarkOf(name);
  const refuse = (why: string, cause?: unknown) =>
    new SyntaxError(
      `Cannot read ${title}, split ${split}: ${why}; expected a file of the form that docs/chat.md tells for ${name}`,
      { cause },
    );
  let questions: ReturnType<typeof read>;
  try {
    questions = read(text, version);
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
  return questions.map((question, place) => {
    if (
      typeof question.text !== "string" || !question.text.trim() || !question.gold?.trim() ||
      question.gold === "undefined"
    ) {
      throw refuse(`question ${place} has no text or no answer`);
    }
    if (kind === "number" && !Number.isFinite(Number(question.gold))) {
      throw refuse(`question ${place} has the answer ${quoted(question.gold)}, which is no number`);
    }
    return { benchmark: name, id: questionId(name, split, place), ...question };
  });
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  return new TextDecoder().decode(path.endsWith(".gz") ? await gunzip(bytes, path) : bytes);
}
