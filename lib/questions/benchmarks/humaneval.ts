import { fields, text } from "../../files/schema.ts";
import { codeIn, releasedCode } from "../extract/code.ts";
import { type Benchmark, jsonLines } from "./benchmark.ts";

interface Row {
  prompt: string;
  entry_point: string;
  canonical_solution: string;
  test: string;
}

const ROW = fields({ prompt: text, entry_point: text, canonical_solution: text, test: text });

/** Functions in Python to be completed, with tests. */
export const humaneval: Benchmark = {
  title: "HumanEval",
  citation: "Chen et al., Evaluating Large Language Models Trained on Code, 2021, arXiv 2107.03374",
  licence: "MIT",
  kind: "code",
  folder: "reasoning",
  splits: { test: "HumanEval.jsonl.gz" },
  read: (file) =>
    jsonLines<Row>(file, ROW).map((row) => ({
      text: row.prompt,
      gold: row.canonical_solution,
      code: { prompt: row.prompt, entryPoint: row.entry_point, tests: row.test },
    })),
  extract: { strict: (reply, { code }) => codeIn(reply, code!), released: releasedCode },
};
