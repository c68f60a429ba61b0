import { lastNumber } from "../extract/number.ts";
import { releasedNumber } from "../extract/released_number.ts";
import { type Benchmark, jsonLines } from "./benchmark.ts";

/** Word problems of grade school, with worked solutions. */
export const gsm8k: Benchmark = {
  title: "GSM8K",
  citation: "Cobbe et al., Training Verifiers to Solve Math Word Problems, 2021, arXiv 2110.14168",
  licence: "MIT",
  kind: "number",
  folder: "reasoning",
  splits: { test: "gsm8k_test.jsonl" },
  read: (text) =>
    jsonLines<{ question: string; answer: string }>(text).map(({ question, answer }) => ({
      text: question,
      gold: answer.split("####").at(-1)!.replaceAll(",", "").trim(),
    })),
  extract: { strict: lastNumber, released: releasedNumber },
};
