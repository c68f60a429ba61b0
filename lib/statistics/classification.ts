import { RangeError } from "../errors.ts";

/** Part of the predictions that are the label, 0 to 1. */
export function accuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  requirePairs("the accuracy", predictions, labels);
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predictions[i] === labels[i]) right++;
  return right / labels.length;
}

/**
 * F1 of class 1 against all others: the harmonic mean of the part of what was called 1 that is, and the part
 * of what is 1 that was called so; 0 where nothing is right.
 */
export function f1Score(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { tp, fp, fn } = counts("F1", predictions, labels);
  return tp === 0 ? 0 : 2 * tp / (2 * tp + fp + fn);
}

/**
 * Matthews' correlation of class 1 against all others, (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)),
 * from −1 to 1; 0 where that is 0 / 0, as where all predictions are one. Source: B. W. Matthews, "Comparison
 * of the predicted and observed secondary structure of T4 phage lysozyme", Biochimica et Biophysica Acta 405
 * (1975).
 */
export function matthews(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { tp, fp, fn, tn } = counts("Matthews' correlation", predictions, labels);
  const scale = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  return scale === 0 ? 0 : (tp * tn - fp * fn) / scale;
}

function counts(
  what: string,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): { tp: number; fp: number; fn: number; tn: number } {
  requirePairs(what, predictions, labels);
  const seen = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (let i = 0; i < labels.length; i++) {
    if (predictions[i] === 1) seen[labels[i] === 1 ? "tp" : "fp"]++;
    else seen[labels[i] === 1 ? "fn" : "tn"]++;
  }
  return seen;
}

/** Throws RangeError unless there are as many of the one as of the other, and some. */
export function requirePairs(what: string, first: ArrayLike<number>, second: ArrayLike<number>): void {
  if (first.length === second.length && first.length > 0) return;
  throw new RangeError(
    `Cannot compute ${what} of ${first.length} predictions and ${second.length} labels: expected as many of each, ` +
      `at least one`,
  );
}
