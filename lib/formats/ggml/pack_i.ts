import { LEVELS_NL } from "./codebooks.ts";
import { extreme, TINY } from "./fit_symmetric.ts";
import { counting, meanSquare, type Pack, putHalf, putNibbles } from "./packing.ts";

const f = Math.fround;

/** Number of the level nearest to x; the lower of two. */
function nearest(x: number): number {
  let [low, high] = [0, LEVELS_NL.length - 1];
  if (x <= LEVELS_NL[low]!) return low;
  if (x >= LEVELS_NL[high]!) return high;
  while (high - low > 1) {
    const middle = low + high >> 1;
    if (x < LEVELS_NL[middle]!) high = middle;
    else low = middle;
  }
  return f(x - LEVELS_NL[high - 1]!) < f(LEVELS_NL[high]! - x) ? high - 1 : high;
}

/** The one i-quant with a rule of its own: 16 levels in unequal steps, one scale for 32 weights. */
export const PACK_I: Readonly<Record<"IQ4_NL", Pack>> = {
  IQ4_NL: (x, out, importance) => {
    const most = extreme(x);
    if (Math.abs(most) < TINY) return;
    const weights = importance
      ? counting(x, importance, f(2 * meanSquare(x)))
      : x.map((value) => value * value);
    let [scale, best] = [0, 0];
    const tries = [-f(LEVELS_NL[0]!), ...Array.from({ length: 15 }, (_, i) => i - 7)];
    tries.forEach((t, number) => {
      const inverse = number === 0 ? f(1 / f(-most / LEVELS_NL[0]!)) : f((t + LEVELS_NL[0]!) / most);
      let [sumXQ, sumQ2] = [0, 0];
      for (let i = 0; i < 32; i++) {
        const q = LEVELS_NL[nearest(f(inverse * x[i]!))]!;
        sumXQ = f(sumXQ + f(f(weights[i]! * q) * x[i]!));
        sumQ2 = f(sumQ2 + f(f(weights[i]! * q) * q));
      }
      if (number === 0 || (sumQ2 > 0 && f(sumXQ * sumXQ) > f(best * sumQ2))) {
        scale = sumQ2 > 0 ? f(sumXQ / sumQ2) : 0;
        best = f(scale * sumXQ);
      }
    });
    putHalf(out, 0, scale);
    const inverse = scale ? f(1 / scale) : 0;
    putNibbles(out, 2, Array.from(x, (value) => nearest(f(inverse * value))));
  },
};
