import { COUNT, requireNumbers } from "../bounds.ts";
import { requireOptions } from "../options.ts";

/** When a text counts as a loop. */
export interface LoopRule {
  /** The fewest tokens that must repeat. Default 60. */
  tokens?: number;
  /** The longest piece that is repeated. Default 50. */
  period?: number;
  /** How often it must be there, at least twice. Default 4. */
  repeats?: number;
}

/**
 * A rule with nothing left open.
 *
 * @throws {RangeError} where one of its numbers cannot be meant
 */
export function loopRule(rule: LoopRule): Required<LoopRule> {
  requireOptions("loopPeriod", rule, { tokens: true, period: true, repeats: true });
  const { tokens = 60, period = 50, repeats = 4 } = rule;
  requireNumbers("look for loops", { tokens, period }, COUNT);
  requireNumbers("look for loops", { repeats }, { whole: true, from: 2 });
  return { tokens, period, repeats };
}

/**
 * The length of the piece that the end of a text repeats: the smallest period that holds for the last
 * max(`tokens`, `repeats` · period) tokens; `undefined` where there is none.
 */
export function loopPeriod(
  ids: ArrayLike<number>,
  rule: LoopRule = {},
): number | undefined {
  const { tokens, period, repeats } = loopRule(rule);
  for (let length = 1; length <= period; length++) {
    const from = ids.length - Math.max(tokens, repeats * length);
    if (from < 0) continue;
    let i = ids.length - 1;
    while (i - length >= from && ids[i] === ids[i - length]) i--;
    if (i - length < from) return length;
  }
  return undefined;
}
