import { SyntaxError } from "../errors.ts";
import { count, fields, list, parseShape, text } from "../files/schema.ts";
import { requireOptions, requireWords } from "../options.ts";
import { dataFolders, filesIn } from "../data/folders.ts";
import { readText } from "./glue.ts";
import { NotFoundError } from "../files/not_found.ts";

/** An answer: words of the text, and where they begin in it, in UTF-16 units. */
export interface GoldAnswer {
  /** The words. */
  text: string;
  /** Beginning of each answer in the text. */
  start: number;
}

/** A question about a text. */
export interface SpanExample {
  /** The publisher's name for it. */
  id: string;
  /** The question. */
  question: string;
  /** The text that holds the answer. */
  context: string;
  /** Answers that count as right; of a training set, one. */
  answers: GoldAnswer[];
}

/**
 * The questions of a file of SQuAD 1.1: P. Rajpurkar, J. Zhang, K. Lopyrev, P. Liang, "SQuAD: 100,000+
 * Questions for Machine Comprehension of Text", EMNLP 2016. Places, which the file counts in characters,
 * become places as `slice` counts them.
 *
 * @throws {SyntaxError} what is no such file, or an answer that is not where the file says
 */
export function readSquad(json: string, name = "the given text"): SpanExample[] {
  const { data } = parseShape<Squad>(json, SQUAD, `read ${name} as SQuAD 1.1`);
  return data.flatMap(({ paragraphs }) => paragraphs).flatMap(({ context, qas }) => {
    const units = unitsOf(context);
    return qas.map(({ id, question, answers }): SpanExample => ({
      id,
      question,
      context,
      answers: answers.map(({ text, answer_start: at }) => {
        const start = units[at];
        if (start !== undefined && context.startsWith(text, start)) return { text, start };
        throw new SyntaxError(
          `Cannot read ${name}: the answer ${
            JSON.stringify(text)
          } of question ${id} is not at place ${at} of ` +
            "its text; take the file as it was published",
        );
      }),
    }));
  });
}

/** What is read of a file of SQuAD. */
interface Squad {
  data: { paragraphs: { context: string; qas: Asked[] }[] }[];
}

/** A question as the file has it; places are counted in characters. */
interface Asked {
  id: string;
  question: string;
  answers: { text: string; answer_start: number }[];
}

const SQUAD = fields({
  data: list(fields({
    paragraphs: list(fields({
      context: text,
      qas: list(fields({
        id: text,
        question: text,
        answers: list(fields({ text, answer_start: count })),
      })),
    })),
  })),
});

/** Where each character of a text begins, and where the text ends, in UTF-16 units. */
function unitsOf(text: string): number[] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return units;
}

/**
 * SQuAD 1.1 from the folder `squad` under `ESPALIER_DATA` or the cache: `train-v1.1.json` or `dev-v1.1.json`,
 * also gzipped. It is not downloaded.
 *
 * @throws {Error} where there is none, {RangeError} for another split, {SyntaxError} where the file is
 * damaged
 */
export async function squad(
  split: "train" | "dev",
  options: { folder?: string } = {},
): Promise<SpanExample[]> {
  requireOptions("squad", options, { folder: true });
  requireWords("read SQuAD 1.1", { split }, { split: { train: true, dev: true } });
  const { folder } = options;
  const folders = folder === undefined ? dataFolders("squad") : [folder];
  const file = `${split}-v1.1.json`;
  for (const path of folders) {
    const name = (await filesIn(path)).find((name) => name === file || name === `${file}.gz`);
    if (name !== undefined) return readSquad(await readText(`${path}/${name}`), `${path}/${name}`);
  }
  throw new NotFoundError(
    `Cannot find SQuAD 1.1 (${split}): looked for ${file}, plain or gzipped, in ${
      folders.join(" and ")
    }; put it ` +
      `there, or set ESPALIER_DATA to a folder that has squad/`,
  );
}
