import { type Bounds, requireNumbers, SHARE } from "../../bounds.ts";
import { RangeError } from "../../errors.ts";

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

/** What a budget may be about, and which amounts of it there are. */
const AMOUNTS: ReadonlyMap<string, Bounds> = new Map<string, Bounds>([
  ["cost", { from: 0 }],
  ["within", SHARE],
  ["cap", SHARE],
]);

/** Throws RangeError where a budget is none, or two at once. */
export function requireBudget(budget: Budget | undefined): void {
  if (budget === undefined) return;
  const names = Object.keys(budget);
  const bounds = AMOUNTS.get(names.join(" and "));
  if (bounds === undefined) {
    throw new RangeError(
      `Cannot search within a budget of ${names.join(" and ") || "nothing"}: expected one of ` +
        [...AMOUNTS.keys()].join(", "),
    );
  }
  requireNumbers("search within a budget", { ...budget }, bounds);
}

/** The most that may stay of a table, as a share of it. */
export function capOf(budget: Budget | undefined): number {
  return budget !== undefined && "cap" in budget ? budget.cap : 1;
}

/**
 * Refuses a cap that nothing fits under.
 *
 * @param least share of the table that stays where each field uses one coordinate
 * @throws RangeError saying so, with that share
 */
export function requireReachable(budget: Budget | undefined, least: number): void {
  const cap = capOf(budget);
  if (least <= cap) return;
  throw new RangeError(
    `Cannot keep the table within ${cap} of its numbers: one coordinate of each field is ` +
      `${least.toPrecision(3)} of them; raise the cap, or prune more rows first`,
  );
}

/** The number by which candidates are ranked: the higher, the better. */
function worthFor(budget: Budget | undefined, best: number): (candidate: Scored) => number {
  requireBudget(budget);
  if (budget === undefined) return ({ auc }) => auc;
  if ("cost" in budget) return ({ auc, share }) => auc - budget.cost * share;
  if ("cap" in budget) return ({ auc, share }) => share <= budget.cap ? auc : -share;
  return ({ auc, share }) => auc >= best - budget.within ? 1 - share : auc - 1;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
