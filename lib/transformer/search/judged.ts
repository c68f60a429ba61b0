import { percent } from "../../amounts.ts";
import { mean } from "../../statistics/describe.ts";
import { type Score, scorePredictions } from "../../text/metrics.ts";
import type { Evaluated } from "./evaluator.ts";

/** How a network does on data. */
export interface Judged {
  /** Mean loss over examples. */
  loss: number;
  /**
   * Accuracy with its interval, the majority's score and how often each class was predicted; undefined where
   * there are no classes.
   */
  score: Score | undefined;
}

/** The untouched network, and the result of a search, on data that no step looked at. */
export interface Confirmed {
  /** The untouched network. */
  before: Judged;
  /** The network with the configuration's elements masked. */
  after: Judged;
  /** Number of examples. */
  examples: number;
}

/** Mean loss and accuracy of some predictions. */
export function judge(
  { losses, predictions }: Pick<Evaluated, "losses" | "predictions">,
  labels: Int32Array | undefined,
): Judged {
  return {
    loss: mean(losses),
    score: predictions && labels && scorePredictions("accuracy", predictions, labels),
  };
}

/**
 * Why a result is not to be trusted although its loss is lower, in a sentence: on the data that decided, or
 * on those that confirm. Undefined where it may be.
 */
export function alarmOf(after: Judged, confirmed: Confirmed | undefined): string | undefined {
  const found = collapseOf(after);
  if (found !== undefined || confirmed === undefined) return found;
  const there = collapseOf(confirmed.after);
  return there && `on the ${confirmed.examples} examples that confirm, ${there}`;
}

function collapseOf({ score }: Judged): string | undefined {
  if (!score?.collapsed) return undefined;
  const answers = Math.max(...score.histogram);
  const one = score.histogram.indexOf(answers);
  const share = (count: number) => percent(count / score.labels.reduce((a, b) => a + b));
  return `${share(answers)} of the answers are class ${one}, which ${
    share(score.labels[one]!)
  } of the examples ` +
    `are: the network gives the majority's answer instead of looking`;
}
