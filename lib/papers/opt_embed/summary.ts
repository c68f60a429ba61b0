import { type Measured, summarize } from "../../statistics/describe.ts";
import type { RealRow } from "./real_logs.ts";
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

/** A line per log, model and method. */
export function realSummaries(runs: readonly RealRow[]): Record<string, string | number | Measured>[] {
  const groups = Map.groupBy(runs, ({ log, network, method }) => `${log} ${network} ${method}`);
  return [...groups.values()].map((own) => ({
    log: own[0]!.log,
    model: own[0]!.network,
    method: own[0]!.method,
    "test AUC": summarize(own.map(({ auc }) => auc)),
    "test log loss": summarize(own.map(({ logLoss }) => logLoss)),
    "sparsity (%)": summarize(own.map(({ sparsity }) => 100 * sparsity)),
    "rows kept": summarize(own.map(({ rows }) => rows.kept)),
    "file (kB)": summarize(own.map(({ bytes }) => bytes / 1000)),
    seeds: own.length,
  }));
}
