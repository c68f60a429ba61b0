import { fields, text } from "../../files/schema.ts";
import { lastLetter, releasedLetter } from "../extract/letter.ts";
import { type Benchmark, jsonLines } from "./benchmark.ts";

interface Row {
  subject: string;
  question: string;
  A: string;
  B: string;
  C: string;
  D: string;
  answer: string;
}

const ROW = fields({ subject: text, question: text, A: text, B: text, C: text, D: text, answer: text });

/** Multiple-choice questions of 57 subjects. */
export const mmlu: Benchmark = {
  title: "MMLU",
  citation:
    "Hendrycks et al., Measuring Massive Multitask Language Understanding, ICLR 2021, arXiv 2009.03300",
  licence: "MIT",
  kind: "choice",
  folder: "mmlu",
  splits: { val: "val.jsonl.gz", dev: "dev.jsonl.gz", test: "test.jsonl.gz" },
  read: (file, version) =>
    jsonLines<Row>(file, ROW).map((row) => {
      const options = (["A", "B", "C", "D"] as const).map((letter) =>
        version === "released" ? `Option ${letter}: ${row[letter]}\n` : `\n${letter}) ${row[letter]}`
      );
      return {
        text: `${row.question}${version === "released" ? "\n" : ""}${options.join("")}`,
        gold: row.answer,
        subject: row.subject,
      };
    }),
  extract: {
    strict: (reply) => lastLetter(reply, "ABCD"),
    released: (reply, { id }) => releasedLetter(reply, id),
  },
};
