import { mean } from "../../statistics/describe.ts";
import { bootstrapInterval, type Interval } from "../../statistics/intervals.ts";

/** How a model did on the same items at one level of compression. */
export interface Level {
  /** How far it was compressed, growing with the damage: a sparsity, or bits that were saved. */
  at: number;
  /** For each item 1 where it was right, else 0. */
  right: readonly number[];
}

/** Where accuracy falls below half of the dense model's. */
export interface Collapse {
  /** The level, between the last one before and the first one after it on a straight line. */
  at: number;
  /** Where it lies, were other items drawn. */
  interval: Interval;
  /** Whether accuracy stays above half at all levels: then `at` is the last one. */
  never: boolean;
}

/**
 * The collapse point of a curve: the lowest level at which accuracy is half of the dense model's,
 * interpolated, with a percentile bootstrap over the items, which are the same at all levels. Undefined where
 * the dense model has nothing right.
 *
 * @param levels in growing order
 */
export function collapseOf(dense: Level, levels: readonly Level[]): Collapse | undefined {
  const everything = dense.right.map((_, i) => i);
  const whole = pointOf(dense, levels, everything);
  if (whole === undefined) return undefined;
  const interval = bootstrapInterval(everything, (items) => pointOf(dense, levels, items)?.at ?? dense.at, {
    resamples: 2000,
  });
  return { ...whole, interval };
}

function pointOf(
  dense: Level,
  levels: readonly Level[],
  items: readonly number[],
): { at: number; never: boolean } | undefined {
  const accuracy = ({ right }: Level) => mean(items.map((i) => right[i]!));
  const half = accuracy(dense) / 2;
  if (half === 0) return undefined;
  let before = { at: dense.at, accuracy: 2 * half };
  for (const level of levels) {
    const now = { at: level.at, accuracy: accuracy(level) };
    if (now.accuracy < half) {
      const part = (before.accuracy - half) / (before.accuracy - now.accuracy);
      return { at: before.at + part * (now.at - before.at), never: false };
    }
    before = now;
  }
  return { at: before.at, never: true };
}
