import { roundEven } from "../../tensor/halves.ts";

const f = Math.fround;

/** Which grids a search tries: inverse scales (first + step·t + levels) / (max − min) for t = 0 … tries. */
export interface AffineSearch {
  /** The highest code. */
  levels: number;
  /** Offset of the levels at t = 0. */
  first: number;
  /** Step of that offset at each further t. */
  step: number;
  /** The last t. */
  tries: number;
  /** Whether errors count by their size instead of their square. */
  absolute?: boolean;
}

/** Grid of a run: x ≈ scale · q − depth, depth from 0. */
export interface AffineFit {
  /** The distance of two codes. */
  scale: number;
  /** Offset that is taken away from each weight. */
  depth: number;
  /** The codes by which scale and depth were found; by those two themselves some would be others. */
  codes: Uint8Array;
}

/**
 * Scale and minimum of a run by weighted least squares on the codes of each grid that is tried; the best is
 * kept, and what is tried next begins at its minimum. In float32 throughout, in the order of ggml's code.
 */
export function fitAffine(
  x: Float32Array,
  weights: Float32Array,
  { levels, first, step, tries, absolute = false }: AffineSearch,
): AffineFit {
  const count = x.length;
  const codes = new Uint8Array(count);
  let [low, high, sumW, sumX] = [0, x[0]!, 0, 0];
  for (let i = 0; i < count; i++) {
    low = Math.min(low, x[i]!);
    high = Math.max(high, x[i]!);
    sumW = f(sumW + weights[i]!);
    sumX = f(sumX + f(weights[i]! * x[i]!));
  }
  if (high === low) return { scale: 0, depth: -low, codes };
  const round = (inverse: number) => {
    for (let i = 0; i < count; i++) {
      codes[i] = Math.min(Math.max(roundEven(f(inverse * f(x[i]! - low))), 0), levels);
    }
  };
  const errorOf = (scale: number, min: number): number => {
    let error = 0;
    for (let i = 0; i < count; i++) {
      const difference = f(f(f(scale * codes[i]!) + min) - x[i]!);
      const counts = absolute ? Math.abs(difference) : f(difference * difference);
      error = f(error + f(weights[i]! * counts));
    }
    return error;
  };
  const inverse = f(levels / f(high - low));
  round(inverse);
  let best = f(1 / inverse);
  let least = errorOf(best, low);
  const kept = codes.slice();
  for (let t = 0; t <= tries; t++) {
    round(f(f(f(first + f(f(step) * t)) + levels) / f(high - low)));
    let [sumL, sumL2, sumXL] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const weighted = f(weights[i]! * codes[i]!);
      sumL = f(sumL + weighted);
      sumL2 = f(sumL2 + f(weighted * codes[i]!));
      sumXL = f(sumXL + f(weighted * x[i]!));
    }
    const determinant = f(f(sumW * sumL2) - f(sumL * sumL));
    if (!(determinant > 0)) continue;
    let scale = f(f(f(sumW * sumXL) - f(sumX * sumL)) / determinant);
    let min = f(f(f(sumL2 * sumX) - f(sumL * sumXL)) / determinant);
    if (min > 0) [scale, min] = [f(sumXL / sumL2), 0];
    const error = errorOf(scale, min);
    if (error >= least) continue;
    [least, best, low] = [error, scale, min];
    kept.set(codes);
  }
  return { scale: best, depth: -low, codes: kept };
}
