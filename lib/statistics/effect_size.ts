import { deviation, mean } from "./describe.ts";

/** Cohen's d of paired differences: their mean in units of their sample deviation. NaN for fewer than two. */
export function cohensD(differences: readonly number[]): number {
  return mean(differences) / deviation(differences);
}

/**
 * Hedges' g of two samples: the difference of their means in units of their pooled deviation, less the bias
 * of small samples by the factor 1 − 3 / (4 (n₁ + n₂) − 9). Source: L. V. Hedges, "Distribution theory for
 * Glass's estimator of effect size and related estimators", Journal of Educational Statistics 6 (1981).
 */
export function hedgesG(first: readonly number[], second: readonly number[]): number {
  const degrees = first.length + second.length - 2;
  const squares = [first, second].map((values) => (values.length - 1) * deviation(values) ** 2);
  const pooled = Math.sqrt((squares[0]! + squares[1]!) / degrees);
  return (mean(first) - mean(second)) / pooled * (1 - 3 / (4 * degrees - 1));
}
