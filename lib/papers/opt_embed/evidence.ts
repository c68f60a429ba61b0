import type { Results } from "../../experiment/results.ts";
import type { ControlRow } from "./controls.ts";
import type { EasyRow } from "./easy_score.ts";
import type { OptEmbedUnits } from "./experiment.ts";
import type { LatencyRow } from "./latency.ts";
import type { RealRow } from "./real_logs.ts";
import type { RecencyRow } from "./recency.ts";
import type { BaseSpec, RunRow } from "./run.ts";
import type { SearchRow } from "./searches.ts";

/** Rows that verdicts are judged by. */
export interface Evidence {
  /** Settings that all runs had in common. */
  readonly base: BaseSpec;
  /** Rows of all runs. */
  readonly runs: readonly RunRow[];
  /** Rows of runs on logs of the world; none in the smallest preset. */
  readonly real: readonly RealRow[];
  /** Supernets with one thing changed. */
  readonly controls: readonly ControlRow[];
  /** Supernets that did not see some rows any more. */
  readonly recency: readonly RecencyRow[];
  /** Searches and profiles. */
  readonly searches: readonly SearchRow[];
  /** Searches on a score that is easy to climb. */
  readonly easy: readonly EasyRow[];
  /** Times of the models of the first seed. */
  readonly latencies: readonly LatencyRow[];
}

/** The evidence in the results of an experiment; what failed is left out. */
export function evidenceOf(units: OptEmbedUnits, results: Results<unknown>): Evidence {
  return {
    base: units.example.spec,
    runs: units.runs.flatMap((unit) => results.rowsOf(unit)),
    real: units.real.flatMap((unit) => results.rowsOf(unit)),
    controls: units.controls.flatMap((unit) => results.rowsOf(unit)),
    recency: units.recency.flatMap((unit) => results.rowsOf(unit)),
    searches: units.searches.flatMap((unit) => results.rowsOf(unit)),
    easy: results.rowsOf(units.easy),
    latencies: results.rowsOf(units.latencies),
  };
}
