import { withoutUndefined } from "../../options.ts";
import { deviation, mean, type Measured, summarize } from "../../statistics/describe.ts";
import { METHODS } from "./methods.ts";
import type { SetScore } from "../../superres/data.ts";
import type { Row } from "./train_and_test.ts";

/** Results of one method over several seeds. */
export interface Summary {
  /** Name of the method. */
  label: string;
  /** Way of pruning. */
  method: Row["method"];
  /** Factor α of soft shrinkage, where it is not the suggested one. */
  alpha?: number;
  /** Share of each layer that goes. */
  sparsity: number;
  /** Steps of structure learning. */
  pruningSteps: number;
  /** Steps of all training. */
  steps: number;
  /** Number of seeds. */
  seeds: number;
  /** Mean PSNR over the seeds, in dB. */
  psnr: number;
  /** Standard deviation over the seeds, with n − 1; NaN of one seed. */
  deviation: number;
  /** Mean PSNR right after the cut, in dB. */
  afterCut?: number;
  /** Mean of {@linkcode LogPoint.turnover} at the end. */
  turnover: number;
  /** Mean norm of the gradient in fine-tuning. */
  gradient: number;
  /** Mean number of weights that are not zero. */
  kept: number;
  /** Mean share of zeros among all weights. */
  zerosOfAll: number;
  /** Mean time of a run. */
  seconds: number;
}

/** The method of a row, as figures name it. */
export function labelOf({ method, alpha }: Pick<Row, "method" | "alpha">): string {
  const { label } = METHODS[method];
  if (method !== "iss-p" && method !== "iss-p-nm") return label;
  return `${label}, α ${alpha ?? "suggested"}`;
}

/** Rows by method and sparsity, in the order in which they first come. */
export function summaries(rows: readonly Row[]): Summary[] {
  const groups = Map.groupBy(rows, (row) => `${labelOf(row)} at ${row.sparsity}`);
  return [...groups.values()].map((group) => {
    const { method, alpha, sparsity, pruningSteps, steps } = group[0]!;
    const cuts = group.flatMap(({ afterCut }) => afterCut ?? []);
    return withoutUndefined({
      label: labelOf(group[0]!),
      method,
      alpha,
      sparsity,
      pruningSteps,
      steps,
      seeds: group.length,
      psnr: mean(group.map(({ psnr }) => psnr)),
      deviation: deviation(group.map(({ psnr }) => psnr)),
      afterCut: cuts.length > 0 ? mean(cuts) : undefined,
      turnover: mean(group.map(({ turnover }) => turnover)),
      gradient: mean(group.map(({ gradient }) => gradient)),
      kept: mean(group.map(({ kept }) => kept)),
      zerosOfAll: mean(group.map(({ zerosOfAll }) => zerosOfAll)),
      seconds: mean(group.map(({ seconds }) => seconds)),
    });
  });
}

/**
 * A line per sparse method, with its score at each sparsity, what the cut left and how many weights stay.
 */
export function scoresBySparsity(rows: readonly Row[]): Record<string, string | number | Measured>[] {
  const sparse = rows.filter(({ method }) => method !== "dense");
  return [...Map.groupBy(sparse, labelOf)].map(([method, own]) => {
    const groups = [...Map.groupBy(own, ({ sparsity }) => sparsity)];
    const each = (name: string, value: (row: Row) => number | undefined) =>
      Object.fromEntries(groups.flatMap(([sparsity, group]) => {
        const values = group.flatMap((row) => value(row) ?? []);
        return values.length === 0 ? [] : [[name.replace("#", `${sparsity}`), summarize(values)]];
      }));
    return {
      method,
      ...each("PSNR at sparsity # (dB)", ({ psnr }) => psnr),
      ...each("right after the cut, at # (dB)", ({ afterCut }) => afterCut),
      ...each("weights kept at #", ({ kept }) => kept),
      ...Object.fromEntries(groups.map(([sparsity, group]) => [`seeds at ${sparsity}`, group.length])),
      steps: [
        ...new Set(own.map(({ pruningSteps, steps }) => `${pruningSteps} + ${steps - pruningSteps}`)),
      ]
        .join(", "),
    };
  });
}

/** Scores of one method on one set, on average over several seeds. */
export interface SetSummary extends SetScore {
  /** Name of the method. */
  label: string;
  /** Share of each layer that goes. */
  sparsity: number;
  /** Number of seeds. */
  seeds: number;
}

/** Scores on all sets by method and sparsity, in the order in which they first come. */
export function setSummaries(rows: readonly Row[]): SetSummary[] {
  const groups = Map.groupBy(rows, (row) => `${labelOf(row)} at ${row.sparsity}`);
  return [...groups.values()].flatMap((group) =>
    group[0]!.sets.map(({ set }, i) => ({
      label: labelOf(group[0]!),
      sparsity: group[0]!.sparsity,
      seeds: group.length,
      set,
      psnr: mean(group.map(({ sets }) => sets[i]!.psnr)),
      ssim: mean(group.map(({ sets }) => sets[i]!.ssim)),
    }))
  );
}

/** PSNR of one method over another's, seed by seed. */
export interface PairedDifference {
  /** Name of the method that is compared with. */
  label: string;
  /** Share of each layer that goes. */
  sparsity: number;
  /** Seed of both runs. */
  seed: number;
  /** Gain in dB. */
  gain: number;
}

/** All methods over one of them, where both ran with the same seed to the same sparsity. */
export function pairedDifferences(rows: readonly Row[], over: Row["method"]): PairedDifference[] {
  const reference = new Map(
    rows.filter(({ method }) => method === over).map((row) => [`${row.sparsity} ${row.seed}`, row.psnr]),
  );
  return rows.flatMap((row) => {
    const other = reference.get(`${row.sparsity} ${row.seed}`);
    if (row.method === over || other === undefined) return [];
    return [{ label: labelOf(row), sparsity: row.sparsity, seed: row.seed, gain: row.psnr - other }];
  });
}
