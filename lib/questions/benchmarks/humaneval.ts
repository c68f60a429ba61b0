import { codeIn, releasedCode } from "../extract/code.ts";
import { type Benchmark, jsonLines } from "./benchmark.ts";

interface Row {
  prompt: string;
  entry_point: string;
  canonical_solution: string;
  test: string;
}

/** Functions in Python to be completed, with tests. */
export const humaneval: Benchmark = {
  title: "HumanEval",
  citation: "Chen et al., Evaluating Large Language Models Trained on Code, 2021, arXiv 2107.03374",
  licence: "MIT",
  kind: "code",
  folder: "reasoning",
  splits: { test: "HumanEval.jsonl.gz" },
  read: (text) =>
    jsonLines<Row>(text).map((row) => ({
      text: row.prompt,
      gold: row.canonical_solution,
      code: { prompt: row.prompt, entryPoint: row.entry_point, tests: row.test },
    })),
  extract: { strict: (reply, { code }) => codeIn(reply, code!), released: releasedCode },
};
