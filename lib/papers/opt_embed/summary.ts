import { type Measured, summarize } from "../../statistics/describe.ts";
import type { RunRow } from "./run.ts";

/** A line per method: what several seeds gave. */
export function summaries(runs: readonly RunRow[]): Record<string, string | number | Measured>[] {
  return [...Map.groupBy(runs, ({ method }) => method)].map(([method, own]) => ({
    method,
    "test AUC": summarize(own.map(({ auc }) => auc)),
    "test log loss": summarize(own.map(({ logLoss }) => logLoss)),
    "sparsity (%)": summarize(own.map(({ sparsity }) => 100 * sparsity)),
    "rows kept": summarize(own.map(({ rows }) => rows.kept)),
    "file (kB)": summarize(own.map(({ bytes }) => bytes.file / 1000)),
    seeds: own.length,
    "seconds of a run": summarize(own.map(({ seconds }) => seconds)),
  }));
}
