import { fields, list, number, text } from "../../files/schema.ts";
import { lastNumber } from "../extract/number.ts";
import { releasedNumber } from "../extract/released_number.ts";
import { type Benchmark, jsonOf } from "./benchmark.ts";

const ROWS = list(fields({ sQuestion: text, lSolutions: list(number) }));

/** Arithmetic word problems of two steps. */
export const multiarith: Benchmark = {
  title: "MultiArith",
  citation: "Roy and Roth, Solving General Arithmetic Word Problems, EMNLP 2015",
  licence: "none published; distributed for research",
  kind: "number",
  folder: "reasoning",
  splits: { all: "MultiArith.json" },
  read: (file) =>
    jsonOf<{ sQuestion: string; lSolutions: number[] }[]>(file, ROWS).map(({ sQuestion, lSolutions }) => ({
      text: sQuestion.trim(),
      gold: String(lSolutions[0]),
    })),
  extract: { strict: lastNumber, released: releasedNumber },
};
