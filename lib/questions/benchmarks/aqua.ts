import { fields, list, text } from "../../files/schema.ts";
import { lastLetter } from "../extract/letter.ts";
import { type Benchmark, jsonLines } from "./benchmark.ts";

const ROW = fields({ question: text, options: list(text), correct: text });

/** Algebraic word problems with five options. */
export const aqua: Benchmark = {
  title: "AQuA",
  citation: "Ling et al., Program Induction by Rationale Generation, ACL 2017, arXiv 1705.04146",
  licence: "Apache-2.0",
  kind: "choice",
  folder: "reasoning",
  splits: { dev: "aqua_dev.jsonl" },
  read: (file, version) =>
    jsonLines<{ question: string; options: string[]; correct: string }>(file, ROW).map((row) => ({
      text: version === "released"
        ? `${row.question}Options:${row.options.join("  ")}You must answer with one of the options.`
        : [row.question, ...row.options].join("\n"),
      gold: row.correct,
    })),
  extract: {
    strict: (reply) => lastLetter(reply, "ABCDE"),
    // The whole reply must be the letter, though the prompts ask for a sentence.
    released: (reply) => reply,
  },
};
