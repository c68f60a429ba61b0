type Pair = [number, number];

/** What SciPy and scikit-learn compute: see `make_statistics_fixture.py`. */
export const scipy: {
  points: number[];
  shares: number[];
  student: { degrees: number; cdf: number[]; quantile: number[] }[];
  normal: { cdf: number[]; quantile: number[] };
  paired: { values: number[]; t: number; p: number; flips: number; interval: Pair; interval90: Pair }[];
  welch: { first: number[]; second: number[]; t: number; degrees: number; p: number; interval: Pair }[];
  wilson: { hits: number; trials: number; interval: Pair }[];
  mcnemar: { first: number; second: number; p: number }[];
  binomial: { hits: number; trials: number; p: number; cdf: number }[];
  bootstrap: Pair;
  classification: {
    labels: number[];
    predictions: number[];
    accuracy: number;
    f1: number;
    matthews: number;
  }[];
  correlation: { first: number[]; second: number[]; pearson: number; spearman: number }[];
} = JSON.parse(Deno.readTextFileSync(new URL("../fixtures/statistics.json", import.meta.url)));
