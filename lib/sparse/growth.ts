/** How coefficients of decay grow, an option of the methods that use them. */
export interface GrowthOptions {
  /** Steps between two increments. Default 20, as in the released code. */
  every?: number;
  /**
   * What is added each time. Default: what reaches the limit in the time there is; the released code adds 1e-4 over
   * 100,020 steps.
   */
  increment?: number;
  /** Where a coefficient stops growing. Default 0.5. */
  limit?: number;
}

/** When coefficients grow, and by how much. */
export interface Growth {
  /** In words, for a method's name. */
  name: string;
  /** Whether the step is one on which they grow, counted from where growing began. */
  isDue(step: number): boolean;
  /** A coefficient after an increment, where growing lasts so many steps. */
  next(coefficient: number, steps: number): number;
}

/** Growth by options. Throws RangeError where one of them is not above 0. */
export function growth({ every = 20, increment, limit = 0.5 }: GrowthOptions): Growth {
  for (const [name, value] of Object.entries({ every, increment: increment ?? 1, limit })) {
    if (value > 0 && value < Infinity) continue;
    throw new RangeError(`Cannot grow decay with ${name} ${value}: expected a number above 0`);
  }
  return {
    name: `${every}, ${increment ?? "fitted"}, ${limit}`,
    isDue: (step) => step % every === 0,
    next: (coefficient, steps) =>
      Math.min(limit, coefficient + (increment ?? limit / Math.max(1, Math.floor(steps / every)))),
  };
}

/**
 * Part of the regularised steps in which coefficients grow, where a method lets them rest before the cut: 100,020 of
 * 143,170 steps in the released code.
 */
export const GROWING = 100_020 / 143_170;
