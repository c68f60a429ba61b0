import { SyntaxError } from "../../errors.ts";
import { fields, text } from "../../files/schema.ts";
import { lastNumber } from "../extract/number.ts";
import { releasedNumber } from "../extract/released_number.ts";
import { type Benchmark, jsonLines } from "./benchmark.ts";

const ROW = fields({ question: text, answer: text });

/** Word problems of grade school, with worked solutions. */
export const gsm8k: Benchmark = {
  title: "GSM8K",
  citation: "Cobbe et al., Training Verifiers to Solve Math Word Problems, 2021, arXiv 2110.14168",
  licence: "MIT",
  kind: "number",
  folder: "reasoning",
  splits: { test: "gsm8k_test.jsonl" },
  read: (file) =>
    jsonLines(file, ROW, ({ question, answer }: { question: string; answer: string }) => {
      const gold = answer.split("####").at(-1)!.replaceAll(",", "").trim();
      if (gold === "" || !Number.isFinite(Number(gold))) {
        throw new SyntaxError(`expected a number at the end of the answer, "#### 6", found "${gold}"`);
      }
      return { text: question, gold };
    }),
  extract: { strict: lastNumber, released: releasedNumber },
};
