import { lastNumber } from "../extract/number.ts";
import { releasedNumber } from "../extract/released_number.ts";
import type { Benchmark } from "./benchmark.ts";

/** Arithmetic word problems of one step, varied so that keywords mislead. */
export const svamp: Benchmark = {
  title: "SVAMP",
  citation: "Patel et al., Are NLP Models really able to Solve Simple Math Word Problems?, NAACL 2021",
  licence: "MIT",
  kind: "number",
  folder: "reasoning",
  splits: { all: "SVAMP.json" },
  read: (text, version) =>
    (JSON.parse(text) as { Body: string; Question: string; Answer: number }[]).map((row) => ({
      text: version === "released"
        ? `${row.Body},then,${row.Question}`
        : `${row.Body.trim().replace(/([^.?!])$/, "$1.")} ${row.Question.trim()}`,
      gold: String(row.Answer),
    })),
  extract: { strict: lastNumber, released: releasedNumber },
};
