import { fields, list, text } from "../../files/schema.ts";
import { shortAnswer } from "../extract/short_answer.ts";
import { type Benchmark, jsonOf, readAlike } from "./benchmark.ts";

interface Row {
  id: string;
  question: string;
  answer: string;
  answer_aliases: string[];
}

const ROWS = list(fields({ id: text, question: text, answer: text, answer_aliases: list(text) }));

/** Questions that take two to four facts, asked without the paragraphs that hold them. */
export const musique: Benchmark = {
  title: "MuSiQue",
  citation: "Trivedi et al., MuSiQue: Multihop Questions via Single-hop Question Composition, TACL 2022",
  licence: "CC BY 4.0",
  kind: "words",
  folder: "reasoning",
  splits: { random_100: "musique_random_100.json" },
  read: (file) =>
    jsonOf<Row[]>(file, ROWS).map(({ id, question, answer, answer_aliases }) => ({
      text: question,
      gold: answer,
      aliases: answer_aliases,
      subject: id.split("_")[0],
    })),
  ask: (text) => `${text} Give the final answer in as few words as you can.`,
  extract: readAlike(shortAnswer),
};
