import { requireNumbers, SHARE } from "../../bounds.ts";

/** A vector of dimensions, one for each field, and what it is worth. */
export interface Scored {
  /** Coordinates that each field uses, from 1. */
  dimensions: readonly number[];
  /** Area under the ROC curve on the validation rows. */
  auc: number;
  /** Numbers of the table that stay, as a share of all of them. */
  share: number;
}

/** Preference of a search between area and size. Default: the highest area, whatever it costs. */
export type Budget =
  | {
    /** Area that is given up for the whole table: the score is auc − cost · share. */
    cost: number;
  }
  | {
    /** The least share whose area is within this of the highest one. */
    within: number;
  }
  | {
    /** The most that may stay, as a share of the table; among what fits, the highest area. */
    cap: number;
  };

/** A function that puts the better one first. */
export type Order = (a: Scored, b: Scored) => number;

/**
 * How candidates are ranked under a budget. What two have in common is broken by the smaller share, so that
 * ranks do not depend on the order in which candidates came.
 *
 * @param best the highest area seen so far, which `within` is measured from
 * @throws RangeError where a budget is none
 */
export function orderFor(budget: Budget | undefined, best: number): Order {
  const worth = worthFor(budget, best);
  return (a, b) => worth(b) - worth(a) || a.share - b.share || compare(a.dimensions, b.dimensions);
}

/** Throws RangeError where a budget is none. */
export function requireBudget(budget: Budget | undefined): void {
  worthFor(budget, 0);
}

/** The number by which candidates are ranked: the higher, the better. */
function worthFor(budget: Budget | undefined, best: number): (candidate: Scored) => number {
  if (budget === undefined) return ({ auc }) => auc;
  if ("cost" in budget) {
    requireNumbers("search within a budget", { cost: budget.cost }, { from: 0 });
    return ({ auc, share }) => auc - budget.cost * share;
  }
  if ("cap" in budget) {
    requireNumbers("search within a budget", { cap: budget.cap }, SHARE);
    return ({ auc, share }) => share <= budget.cap ? auc : -share;
  }
  requireNumbers("search within a budget", { within: budget.within }, SHARE);
  return ({ auc, share }) => auc >= best - budget.within ? 1 - share : auc - 1;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
