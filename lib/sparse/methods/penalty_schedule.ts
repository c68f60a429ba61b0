import { COUNT, requireNumbers } from "../../bounds.ts";
import type { OptionNames } from "../../options.ts";

/** How coefficients of decay grow, an option of the methods that use them. */
export interface PenaltyScheduleOptions {
  /** Steps between two increments, each of which acts in its step. Default 20, as in the released code. */
  every?: number | undefined;
  /**
   * Amount that is added to a coefficient each time it grows. Default: what reaches the limit in the time
   * there is; the released code adds 1e-4 over 100,020 steps.
   */
  increment?: number | undefined;
  /** Where a coefficient stops growing, and its layer with it. Default 0.5. */
  limit?: number | undefined;
}

/** Names of {@linkcode PenaltyScheduleOptions}. */
export const PENALTY_SCHEDULE_OPTIONS: OptionNames<PenaltyScheduleOptions> = {
  every: true,
  increment: true,
  limit: true,
};

/** When coefficients grow, and by how much. */
export interface PenaltySchedule {
  /** Name of the schedule in words, for a method's name. */
  name: string;
  /** Whether coefficients grow before the step of this number. */
  isDue(step: number): boolean;
  /**
   * Whether a layer's largest coefficient has reached the limit: then none of them grows any more, as in the
   * released code.
   */
  isOver(decay: Float32Array): boolean;
  /** Lets a layer's coefficients grow where `each` says, unless it is over; growing lasts so many steps. */
  grow(decay: Float32Array, steps: number, each: (visit: (index: number) => void) => void): void;
}

/**
 * The schedule that options describe. Throws RangeError where `every` is no whole number from 1, or another
 * one is not above 0.
 */
export function penaltySchedule(
  { every = 20, increment, limit = 0.5 }: PenaltyScheduleOptions,
): PenaltySchedule {
  requireNumbers("grow decay", { every }, COUNT);
  requireNumbers("grow decay", { increment: increment ?? 1, limit }, { above: 0 });
  const isOver = (decay: Float32Array) => decay.some((coefficient) => coefficient >= limit);
  return {
    name: `${increment ?? "fitted"} every ${every} steps to ${limit}`,
    isDue: (step) => step % every === 0,
    isOver,
    grow(decay, steps, each) {
      if (isOver(decay)) return;
      const more = increment ?? limit / Math.max(1, Math.floor(steps / every));
      each((index) => decay[index] = Math.min(limit, decay[index]! + more));
    },
  };
}

/**
 * Part of the regularised steps in which coefficients grow, where a method lets them rest before the cut:
 * 100,020 of 143,170 steps in the released code.
 */
export const GROWING = 100_020 / 143_170;
