import { fields, list, text } from "../../files/schema.ts";
import { verdictLabel } from "../extract/verdict_label.ts";
import { type Benchmark, jsonLines, readAlike } from "./benchmark.ts";

const FENCE = "*****";

const ROW = fields({ premises: list(text), conclusion: text, label: text });

/** Premises and a conclusion, which is true, false, or not decided by them. */
export const folio: Benchmark = {
  title: "FOLIO",
  citation: "Han et al., FOLIO: Natural Language Reasoning with First-Order Logic, 2022, arXiv 2209.00840",
  licence: "CC BY-SA 4.0",
  kind: "choice",
  folder: "reasoning",
  splits: { validation: "folio_v0.0_validation.jsonl" },
  read: (file) =>
    jsonLines(file, ROW, (row: { premises: string[]; conclusion: string; label: string }) => ({
      text: `Premises:\n${FENCE}\n${row.premises.map((one) => one.trim()).join("\n")}\n${FENCE}\n` +
        `Conclusion:\n${FENCE}\n${row.conclusion.trim()}\n${FENCE}`,
      gold: row.label,
    })),
  ask: (text) =>
    `Decide by deduction from the premises alone whether the conclusion is true, false or uncertain.\n${text}`,
  extract: readAlike(verdictLabel),
};
