/** How far two numbers may lie apart: absolutely, or relative to the larger one. */
export interface Tolerance {
  absolute: number;
  relative: number;
}

/** The same arithmetic in another order of operations, in float32. */
export const REORDERED_FLOAT32: Tolerance = { absolute: 1e-5, relative: 1e-4 };

/** The same arithmetic in another order of operations, in float64. */
export const REORDERED_FLOAT64: Tolerance = { absolute: 1e-12, relative: 1e-10 };

/** Weights of a softmax, and averages by them, in float32 on a GPU, whose exponential loses bits with its argument. */
export const GPU_SOFTMAX: Tolerance = { absolute: 1e-6, relative: 5e-5 };

/** Mean and deviation in float32 on a GPU, of numbers near one, against two runs in float64. */
export const GPU_MOMENTS: Tolerance = { absolute: 1e-5, relative: 1e-5 };

/** Sums of non-negative float32 numbers in float32 on a GPU, in any order, against float64. */
export const GPU_SUM: Tolerance = { absolute: 1e-30, relative: 1e-5 };

/** Sine, tangent and their inverses in float32 on a GPU, by what WGSL promises: 2⁻¹¹, or 4096 last places. */
export const GPU_TRIGONOMETRY: Tolerance = { absolute: 2 ** -11, relative: 2 ** -11 };

/** Sums of many float32 numbers whose rounding is made up for, against float64. */
export const COMPENSATED_FLOAT32: Tolerance = { absolute: 1e-6, relative: 1e-7 };
/** Total squared errors of two quantizations whose choices differ where candidates are equally good but for rounding. */
export const SAME_QUALITY: Tolerance = { absolute: 0, relative: 1e-2 };

/** SparseGPT in float32 against float64: errors of a column are carried on to all behind it. */
export const SPARSE_GPT_FLOAT32: Tolerance = { absolute: 1e-4, relative: 1e-4 };

/** What a layer loses when it is pruned or rounded in float32, against float64. */
export const ONE_SHOT_FLOAT32: Tolerance = { absolute: 0, relative: 1e-3 };

/** Numbers that were printed with six digits after the point. */
export const PRINTED_DIGITS: Tolerance = { absolute: 2e-6, relative: 0 };

/** Half floats that were rounded after the same arithmetic in another order: one unit in the last place. */
export const ROUNDED_FLOAT16: Tolerance = { absolute: 6e-8, relative: 2 ** -10 };

/** Central differences in float64 with a step of 1e-5 against an analytic gradient. */
export const CENTRAL_DIFFERENCE: Tolerance = { absolute: 1e-6, relative: 1e-5 };

/** Reference numbers that are given to six digits, against float32. */
export const GOLDEN_VECTOR: Tolerance = { absolute: 1e-5, relative: 1e-6 };

/** Steps of training in float32 against float64, relative to the largest change of each parameter. */
export const FLOAT32_STEPS: Tolerance = { absolute: 2e-4, relative: 0 };

/** Fails with the worst element unless all numbers agree within the tolerance; NaN equals NaN only. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute, relative }: Tolerance,
  what = "values",
): void {
  if (actual.length !== expected.length) {
    fail(`${what}: ${actual.length} numbers, expected ${expected.length}`);
  }
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    const bound = absolute + relative * Math.max(Math.abs(a), Math.abs(e));
    const difference = Math.abs(a - e) / bound;
    if (!(difference <= 1) && !(difference <= excess)) [worst, excess] = [i, difference];
  }
  if (worst >= 0) {
    fail(
      `${what}: element ${worst} is ${actual[worst]}, expected ${expected[worst]} ` +
        `(absolute ${absolute}, relative ${relative})`,
    );
  }
}

/** Browsers run this too, and know no `node:assert`. */
function fail(message: string): never {
  throw new Error(message);
}
