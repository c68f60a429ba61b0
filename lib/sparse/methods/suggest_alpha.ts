import { requireNumbers } from "../../bounds.ts";

/**
 * A weight kept in the pruned set settles where what an optimizer step adds equals what shrinking takes: at
 * about α·lr/(1 − α). Below 0.3 of the threshold it can hardly leave the set again; far above the threshold
 * shrinking does nothing.
 */
const REACH = { least: 0.3, most: 5 } as const;

/** How many times e a weight falls that nothing holds up, over structure learning. */
const FALLS = 3;

/**
 * The attenuation α for structure learning of `horizon` steps at learning rate `rate` of an optimizer whose
 * steps are about as large as its rate (Adam), in a layer whose pruned set ends at magnitude `threshold`.
 *
 * 1 − α is 3/horizon, within the bounds in which weights of the pruned set still reach 0.3 to 5 times the
 * threshold: lr/(5·threshold + lr) ≤ 1 − α ≤ lr/(0.3·threshold + lr).
 *
 * @throws RangeError where one of them is not above 0
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const short = suggestAlpha(700, 2e-3, 0.087);
 * const long = suggestAlpha(100_000, 2e-4, 0.04);
 * assert.deepEqual([short.toFixed(4), long.toFixed(4)], ["0.9954", "0.9990"]);
 * ```
 */
export function suggestAlpha(horizon: number, rate: number, threshold: number): number {
  requireNumbers("suggest α", { horizon, rate, threshold }, { above: 0 });
  const [least, most] = [rate / (REACH.most * threshold + rate), rate / (REACH.least * threshold + rate)];
  return 1 - Math.min(most, Math.max(least, FALLS / horizon));
}
