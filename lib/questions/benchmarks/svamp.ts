import { fields, list, number, text } from "../../files/schema.ts";
import { lastNumber } from "../extract/number.ts";
import { releasedNumber } from "../extract/released_number.ts";
import { type Benchmark, jsonOf } from "./benchmark.ts";

const ROWS = list(fields({ Body: text, Question: text, Answer: number }));

/** Arithmetic word problems of one step, varied so that keywords mislead. */
export const svamp: Benchmark = {
  title: "SVAMP",
  citation: "Patel et al., Are NLP Models really able to Solve Simple Math Word Problems?, NAACL 2021",
  licence: "MIT",
  kind: "number",
  folder: "reasoning",
  splits: { all: "SVAMP.json" },
  read: (file, version) =>
    jsonOf<{ Body: string; Question: string; Answer: number }[]>(file, ROWS).map((row) => ({
      text: version === "released"
        ? `${row.Body},then,${row.Question}`
        : `${row.Body.trim().replace(/([^.?!])$/, "$1.")} ${row.Question.trim()}`,
      gold: String(row.Answer),
    })),
  extract: { strict: lastNumber, released: releasedNumber },
};
