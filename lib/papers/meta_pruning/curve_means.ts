import { mean } from "../../statistics/describe.ts";
import type { MetaRow } from "./meta_row.ts";

/** Means over curves, a number for each run that has a whole one. */
export interface CurveMeans {
  /** Mean accuracy over the reductions of each run, 0 to 1. */
  means: number[];
  /** Runs left out: they lack a reduction that another run on such networks reached. */
  lacking: number;
}

/**
 * Mean accuracy over the reductions, run by run: a run is a network, with one of the metanetworks where there
 * are any. Without its worst points a curve would have a higher mean, so that a run counts only where it
 * reached all that was reached.
 *
 * @param among the rows that it is compared with, of the same architectures and data. Default: these rows
 */
export function curveMeans(rows: readonly MetaRow[], among: readonly MetaRow[] = rows): CurveMeans {
  const reached = Map.groupBy(among.filter(isCurve), subjectOf);
  const runs = [...runsOf(rows.filter(isCurve)).values()];
  const whole = runs.filter((run) => askedIn(run) === askedIn(reached.get(subjectOf(run[0]!)) ?? run));
  return {
    means: whole.map((run) => mean(run.map(({ value }) => value))),
    lacking: runs.length - whole.length,
  };
}

/** Rows by network and metanetwork. */
export function runsOf(rows: readonly MetaRow[]): Map<string, MetaRow[]> {
  return Map.groupBy(rows, ({ net, metaSeed }) => `${net}/${metaSeed}`);
}

const isCurve = ({ stage }: MetaRow): boolean => stage === "tuned" || stage === "pruned";

const subjectOf = ({ architecture, data }: MetaRow): string => `${architecture}/${data}`;

/** How many reductions there are. */
const askedIn = (rows: readonly MetaRow[]): number => new Set(rows.map(({ asked }) => asked)).size;
