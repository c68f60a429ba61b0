import { Error } from "../../errors.ts";
import type { Results } from "../../experiment/results.ts";
import type { CutRow, TourUnits } from "./experiment.ts";
import type { LatencyRow } from "./latency.ts";
import type { TourRow } from "./prune_and_tune.ts";

/** Rows that the tour judges by. */
export interface TourEvidence {
  /** How far a cut network is from the one whose channels are silent. */
  readonly cut: CutRow;
  /** Networks at all targets, and repetitions with further seeds. */
  readonly rows: readonly TourRow[];
  /** Latency of each model. */
  readonly latencies: readonly LatencyRow[];
  /** Accuracy of the unpruned network, 0 to 1. */
  readonly intact: number;
}

/**
 * The evidence in the results of the tour; networks that failed are left out.
 *
 * @throws Error where the unpruned network, or the cut, has no result
 */
export function evidenceOf(units: TourUnits, results: Results<unknown>): TourEvidence {
  const [[cut], [intact]] = [results.rowsOf(units.cut), results.rowsOf(units.accuracy)];
  if (!cut || !intact) {
    throw new Error("Cannot judge the cuts: the unpruned network has no result; the run says why");
  }
  return {
    cut,
    rows: [...units.tuned, ...units.repeated].flatMap((unit) => results.rowsOf(unit)),
    latencies: results.rowsOf(units.latencies),
    intact: intact.accuracy,
  };
}
