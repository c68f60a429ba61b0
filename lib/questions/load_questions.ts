import { dataFolders, filesIn } from "../data/folders.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { questionId } from "./benchmarks/benchmark.ts";
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

/**
 * The questions of a benchmark's split, in the order of its file.
 *
 * @throws RangeError for a split that the benchmark has not; Error where its file is nowhere or unreadable
 */
export async function loadQuestions(
  name: BenchmarkName,
  options: LoadQuestionsOptions = {},
): Promise<Question[]> {
  const { splits, title, folder } = BENCHMARKS[name];
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
 * @throws SyntaxError where the text is not of the form that the benchmark's files have
 */
export function readQuestions(
  name: BenchmarkName,
  split: string,
  text: string,
  version: GradingVersion = "strict",
): Question[] {
  const { read, title } = BENCHMARKS[name];
  const refuse = (why: string, cause?: unknown) =>
    new SyntaxError(
      `Cannot read ${title}, split ${split}: ${why}; expected the file as its authors give it`,
      { cause },
    );
  let questions: ReturnType<typeof read>;
  try {
    questions = read(text, version);
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
  return questions.map((question, place) => {
    if (!question.text?.trim() || !question.gold?.trim() || question.gold === "undefined") {
      throw refuse(`question ${place} has no text or no answer`);
    }
    return { benchmark: name, id: questionId(name, split, place), ...question };
  });
}

async function textOf(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  if (!path.endsWith(".gz")) return new TextDecoder().decode(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}
