import { roundEven } from "../../tensor/halves.ts";

const f = Math.fround;

/** Codes from −levels to levels − 1, and the scale that makes numbers of them. */
export interface SymmetricFit {
  /** The distance of two codes; may be negative. */
  scale: number;
  /** The codes. */
  codes: Int8Array;
}

/** The number of largest magnitude, with its sign; the first where several are. */
export function extreme(x: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) if (Math.abs(x[i]!) > Math.abs(most)) most = x[i]!;
  return most;
}

/** Smaller runs become zeros. */
export const TINY = 1e-15;

const clampTo = (code: number, levels: number) => Math.min(Math.max(code, -levels), levels - 1);

/**
 * Scale and codes of a run without a minimum: grids of 19 inverse scales around −levels / extreme, on each
 * the weighted least squares scale; the grid that explains most is kept.
 */
export function fitSymmetric(x: Float32Array, weights: Float32Array, levels: number): SymmetricFit {
  const most = extreme(x);
  const codes = new Int8Array(x.length);
  if (Math.abs(most) < TINY) return { scale: 0, codes };
  const tried = new Int8Array(x.length);
  let [scale, best] = [0, 0];
  for (const t of [0, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const inverse = f(-f(levels + f(f(0.1) * t)) / most);
    let [sumXL, sumL2] = [0, 0];
    for (let i = 0; i < x.length; i++) {
      const code = clampTo(roundEven(f(inverse * x[i]!)), levels);
      tried[i] = code;
      sumXL = f(sumXL + f(f(weights[i]! * x[i]!) * code));
      sumL2 = f(sumL2 + f(f(weights[i]! * code) * code));
    }
    if (t === 0 || (sumL2 > 0 && f(sumXL * sumXL) > f(best * sumL2))) {
      scale = sumL2 > 0 ? f(sumXL / sumL2) : 0;
      best = f(scale * sumXL);
      codes.set(tried);
    }
  }
  return { scale, codes };
}

/**
 * Scale and codes of a run without a minimum by coordinate descent: from the codes at −levels / extreme, up
 * to five rounds in which each code moves to where it explains most, others held, weights x².
 */
export function descendSymmetric(x: Float32Array, levels: number): SymmetricFit {
  const most = extreme(x);
  const codes = new Int8Array(x.length);
  if (Math.abs(most) < TINY) return { scale: 0, codes };
  const inverse = f(-levels / most);
  for (let i = 0; i < x.length; i++) codes[i] = clampTo(roundEven(f(inverse * x[i]!)), levels);
  const scale = descend(x, x.map((value) => value * value), codes, (code) => clampTo(code, levels));
  return { scale, codes };
}

/**
 * Moves each code to where it explains most, the others held, for up to five rounds.
 *
 * @param codes changed in place
 * @returns the weighted least squares scale of what they became
 */
function descend(
  x: Float32Array,
  weights: Float32Array,
  codes: Int8Array | Uint8Array,
  clamp: (code: number) => number,
): number {
  let [sumXL, sumL2] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    sumXL = f(sumXL + f(f(weights[i]! * x[i]!) * codes[i]!));
    sumL2 = f(sumL2 + f(f(weights[i]! * codes[i]!) * codes[i]!));
  }
  for (let round = 0, changed = true; round < 5 && changed; round++) {
    changed = false;
    for (let i = 0; i < x.length; i++) {
      const w = weights[i]!, value = x[i]!, code = codes[i]!;
      const restXL = f(sumXL - f(f(w * value) * code));
      const restL2 = f(sumL2 - f(f(w * code) * code));
      if (!(restXL > 0 && restL2 > 0)) continue;
      const next = clamp(roundEven(f(f(value * restL2) / restXL)));
      if (next === code) continue;
      const nextXL = f(restXL + f(f(w * value) * next));
      const nextL2 = f(restL2 + f(f(w * next) * next));
      if (f(f(nextXL * nextXL) * sumL2) > f(f(sumXL * sumXL) * nextL2)) {
        [codes[i], sumXL, sumL2, changed] = [next, nextXL, nextL2, true];
      }
    }
  }
  return sumL2 > 0 ? f(sumXL / sumL2) : 0;
}

/**
 * Scale and codes from 0 to `levels` of numbers that are not negative: the best of nine grids around levels /
 * max, then up to five rounds of coordinate descent.
 */
export function fitPositive(
  x: Float32Array,
  weights: Float32Array,
  levels: number,
): { scale: number; codes: Uint8Array } {
  const codes = new Uint8Array(x.length);
  const most = x.reduce((so, value) => Math.max(so, value), 0);
  if (most < TINY) return { scale: 0, codes };
  const errorAt = (inverse: number): number => {
    const scale = f(1 / inverse);
    let error = 0;
    for (let i = 0; i < x.length; i++) {
      const code = Math.min(roundEven(f(inverse * x[i]!)), levels);
      const difference = f(x[i]! - f(scale * code));
      error = f(error + f(f(weights[i]! * difference) * difference));
    }
    return error;
  };
  let inverse = f(levels / most);
  let least = errorAt(inverse);
  for (const t of [-4, -3, -2, -1, 1, 2, 3, 4]) {
    const tried = f(f(f(f(0.1) * t) + levels) / most);
    const error = errorAt(tried);
    if (error < least) [least, inverse] = [error, tried];
  }
  for (let i = 0; i < x.length; i++) codes[i] = Math.min(roundEven(f(inverse * x[i]!)), levels);
  return { scale: descend(x, weights, codes, (code) => Math.min(code, levels)), codes };
}
