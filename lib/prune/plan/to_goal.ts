import type { Costs } from "./cost.ts";
import type { RemovalResult } from "./remove_until_budget.ts";

/**
 * The largest cost that is at most a fraction of another one. Costs are whole numbers, and products are
 * rounded: 0.7 · 5760 lies below 4032, whose part of 5760 is 0.7.
 */
export function mostWithin(fraction: number, before: number): number {
  const below = Math.floor(fraction * before);
  return (below + 1) / before <= fraction ? below + 1 : below;
}

/** Result of following the order to an aim: costs of what is kept alone, and `after` with what is added. */
export type Followed = RemovalResult & { kept: Costs };

/**
 * Follows the order until what `prune` gives meets the goal. Where it stores more than what is kept, the aim
 * goes down until the goal is met, and up again by halves while it is; or everything goes.
 */
export function toGoal(
  goal: number,
  least: number,
  kind: keyof Costs,
  follow: (aim: number) => Followed,
): Followed {
  let best = follow(goal);
  let missed: number | undefined;
  let aim = goal;
  while (best.after[kind] > goal && best.kept[kind] > least) {
    missed = best.kept[kind];
    aim = missed - (best.after[kind] - goal);
    best = follow(aim);
  }
  if (missed === undefined || best.after[kind] > goal) return best;
  while (missed - aim > Math.max(1, goal / 4096)) {
    const middle = (aim + missed) / 2;
    const trial = follow(middle);
    if (trial.after[kind] <= goal) [aim, best] = [middle, trial];
    else missed = Math.min(middle, trial.kept[kind]);
  }
  return best;
}
