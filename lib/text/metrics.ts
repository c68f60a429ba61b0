import { argmax } from "../statistics/logits.ts";
import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { accuracy, f1Score, matthews } from "../statistics/classification.ts";
import { pearson, spearman } from "../statistics/correlation.ts";
import { bootstrapInterval, type Interval } from "../statistics/intervals.ts";
import { requireOrdered } from "../statistics/ranks.ts";
import { mcNemarTest } from "../statistics/tests.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { arrayOf } from "../tensor/arrays.ts";

/** A metric by which a text task is judged: larger is better. */
export type MetricName = "accuracy" | "f1" | "matthews" | "pearson" | "spearman";

/** The metrics of GLUE, as functions of predictions and labels. */
export const METRICS: Readonly<
  Record<MetricName, (predictions: ArrayLike<number>, labels: ArrayLike<number>) => number>
> = { accuracy, f1: f1Score, matthews, pearson, spearman };

/** Predictions of a model, judged: result of {@linkcode scorePredictions}. */
export interface Score {
  /** Which metric. */
  metric: MetricName;
  /** Value of the metric. */
  value: number;
  /** Where the value lies of which these examples are a sample, by the bootstrap over examples. */
  interval: Interval;
  /** Score of always answering the most frequent label; of a regression, the mean. */
  majority: number;
  /** How often each class was predicted; of a regression, nothing. */
  histogram: number[];
  /** How often each class is the label; of a regression, nothing. */
  labels: number[];
  /**
   * Whether the model has all but stopped looking: at least 95 % of its answers are one class, and fewer of
   * the labels are.
   */
  collapsed: boolean;
}

/** Settings of {@linkcode scorePredictions}. */
export interface ScoreOptions {
  /** The classes there are. Default: those up to the highest that occurs. */
  classes?: number | undefined;
  /** Level of the interval. Default 0.95. */
  level?: number | undefined;
  /** Samples that the bootstrap draws. Default 1,000. */
  resamples?: number | undefined;
  /** Seed of the bootstrap. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode ScoreOptions}. */
const SCORE_OPTIONS: OptionNames<ScoreOptions> = { classes: true, level: true, resamples: true, seed: true };

/** The part of answers from which a class counts as the only one. */
const COLLAPSED = 0.95;

/**
 * Judges predictions by a metric, together with what makes its value readable: the score of the majority
 * class, how often each class was predicted, and a bootstrap interval.
 *
 * @param predictions classes, or numbers of a regression
 * @throws RangeError where there is no such metric, or there are no labels, or not as many as predictions, or
 * one is no class
 */
export function scorePredictions(
  metric: MetricName,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: ScoreOptions = {},
): Score {
  requireOptions("scorePredictions", options, SCORE_OPTIONS);
  requireWords("score predictions", { metric }, { metric: METRICS });
  const { classes, level = 0.95, resamples = 1000, seed = 0 } = options;
  const score = METRICS[metric];
  const value = score(predictions, labels);
  const regression = metric === "pearson" || metric === "spearman";
  const most = () => 1 + Math.max(...[predictions, labels].map((list) => highest(list)));
  const kinds = regression ? 0 : classes ?? most();
  const [histogram, seen] = [predictions, labels].map((list) => count(list, kinds)) as [number[], number[]];
  const common = seen.indexOf(Math.max(...seen));
  const constant = new Float64Array(labels.length).fill(common);
  const rows = Array.from({ length: labels.length }, (_, i) => i);
  const at = (list: ArrayLike<number>, sample: readonly number[]) => sample.map((i) => list[i]!);
  return {
    metric,
    value,
    interval: bootstrapInterval(
      rows,
      (sample) => score(at(predictions, sample), at(labels, sample)),
      { level, resamples, seed },
    ),
    majority: score(constant, labels),
    histogram,
    labels: seen,
    collapsed: Math.max(...histogram) >= COLLAPSED * labels.length &&
      Math.max(...seen) < COLLAPSED * labels.length,
  };
}

/** Two models on the same examples: result of {@linkcode comparePredictions}. */
export interface PredictionChange {
  /** Examples that the two answer differently. */
  flipped: number;
  /** Examples that only the first has right. */
  onlyFirst: number;
  /** Examples that only the second has right. */
  onlySecond: number;
  /** McNemar's exact test: the probability of so uneven a split where neither model is better. */
  p: number;
}

/** Changes from one model's predictions to another's on the same labels, with McNemar's test. */
export function comparePredictions(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number>,
): PredictionChange {
  if (first.length !== labels.length || second.length !== labels.length) {
    throw new RangeError(
      `Cannot compare ${first.length} and ${second.length} predictions on ${labels.length} labels: expected as many ` +
        `of each`,
    );
  }
  let [flipped, onlyFirst, onlySecond] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (first[i] === second[i]) continue;
    flipped++;
    if (first[i] === labels[i]) onlyFirst++;
    if (second[i] === labels[i]) onlySecond++;
  }
  return { flipped, onlyFirst, onlySecond, p: mcNemarTest(onlyFirst, onlySecond).p };
}

/**
 * The class with the largest of its logits, row by row; the lower one of equals. Of a single logit [batch,
 * 1], a regression, the number itself.
 *
 * @throws RangeError where a logit is no number: no class has the largest
 */
export function predictionsOf(logits: Tensor): number[] {
  const [rows, classes] = logits.dims as readonly [number, number];
  const data = arrayOf(logits);
  return Array.from({ length: rows }, (_, row) => {
    const own = data.subarray(row * classes, (row + 1) * classes);
    requireOrdered(`take row ${row} of logits for an answer`, own);
    if (classes === 1) return own[0]!;
    return argmax(own);
  });
}

function highest(list: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < list.length; i++) most = Math.max(most, list[i]!);
  return most;
}

function count(list: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; classes > 0 && i < list.length; i++) {
    const value = list[i]!;
    if (!(value in counts)) {
      throw new RangeError(
        `Cannot count class ${value} of example ${i}: expected whole numbers from 0 to ${classes - 1}`,
      );
    }
    counts[value]!++;
  }
  return counts;
}
