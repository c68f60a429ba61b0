/**
 * Statistics of measured numbers: means with their spread, intervals, tests, effect sizes, digits, and
 * verdicts on claims.
 *
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { verdict } from "./mod.ts";
 *
 * const gain = [0.21, 0.26, 0.17, 0.24, 0.22]; // dB, seed by seed
 * const { outcome } = verdict({ claim: "ISS-P gains a tenth of a dB", effect: gain, threshold: 0.1 });
 * equal(outcome, "holds");
 * ```
 *
 * @module
 */
export { auc, aucInterval, aucTest } from "./auc.ts";
export { accuracy, f1Score, matthews } from "./classification.ts";
export { pearson, spearman } from "./correlation.ts";
export { deviation, mean, type Measured, quantile, summarize } from "./describe.ts";
export { decimalsFor, writeMeasured, writeRounded, writeSignificant } from "./digits.ts";
export { binomialCdf, normalCdf, normalQuantile, studentCdf, studentQuantile } from "./distributions.ts";
export { cohensD, hedgesG } from "./effect_size.ts";
export {
  bootstrapInterval,
  differenceInterval,
  type Interval,
  type IntervalOptions,
  meanInterval,
  pairedProportionInterval,
  wilsonInterval,
} from "./intervals.ts";
export { mcNemarTest, pairedTTest, signFlipTest, type TestResult, welchTTest } from "./tests.ts";
export { type Claim, type Outcome, type TwoSamples, type Verdict, verdict } from "./verdict.ts";
export { exactMatch, normalizeAnswer, tokenF1 } from "./word_overlap.ts";
