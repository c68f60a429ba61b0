import { type ClickLog, countIds } from "../../ctr/clicks.ts";
import { type RowTruth, type SyntheticLog, syntheticLog } from "../../ctr/synthetic_log.ts";
import { scoreLogits } from "../../ctr/predict.ts";

/** Which log a run uses. */
export interface DataSpec {
  /** A log whose truth is known. */
  source: "synthetic";
  /** Factor of all vocabularies. */
  scale: number;
  /** Rows to train on, to validate on and to test on. */
  rows: readonly [number, number, number];
}

/** The log of a spec and a seed. */
export function logOf({ scale, rows }: DataSpec, seed: number): SyntheticLog {
  return syntheticLog({ seed, scale, rows });
}

/** Name of the log in words, for figures. */
export function dataName({ scale, rows }: DataSpec): string {
  return `synthetic log, ${(1030 * scale).toLocaleString("en")} ids, ${rows[0].toLocaleString("en")} rows`;
}

/** Score that nobody can beat: the true probabilities, judged on the test rows. */
export function bayesScore({ probabilities, test }: SyntheticLog): { auc: number; logLoss: number } {
  return scoreLogits(probabilities.map((p) => Math.log(p / (1 - p))), test.labels);
}

/** Rows of the table, kept and in all, by what is true of them. */
export type TruthCounts = Record<RowTruth, { kept: number; count: number }>;

/** How many rows of each kind are kept. */
export function countTruth(truth: readonly RowTruth[], kept: ArrayLike<number>): TruthCounts {
  const none = () => ({ kept: 0, count: 0 });
  const counts: TruthCounts = {
    live: none(),
    dead: none(),
    "linear-only": none(),
    rare: none(),
    noise: none(),
  };
  truth.forEach((one, row) => {
    counts[one].count++;
    counts[one].kept += kept[row]!;
  });
  return counts;
}

/** Kept rows among those that are looked up about equally often. */
export interface FrequencyBin {
  /** Least number of times in the training rows: 0, 1, 2, 4, 8 and so on. */
  from: number;
  /** True role of the rows. */
  truth: RowTruth;
  /** Rows that stay. */
  kept: number;
  /** All of them. */
  count: number;
}

/** Kept rows by how often they are looked up, powers of two apart, and by what is true of them. */
export function keptByFrequency(
  log: ClickLog,
  truth: readonly RowTruth[],
  kept: ArrayLike<number>,
): FrequencyBin[] {
  const bins = new Map<string, FrequencyBin>();
  countIds(log.train).forEach((count, row) => {
    const from = count === 0 ? 0 : 2 ** Math.floor(Math.log2(count));
    const key = `${from} ${truth[row]}`;
    const bin = bins.get(key) ?? { from, truth: truth[row]!, kept: 0, count: 0 };
    bins.set(key, { ...bin, kept: bin.kept + kept[row]!, count: bin.count + 1 });
  });
  return [...bins.values()].sort((a, b) => a.from - b.from);
}
