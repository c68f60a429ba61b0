import type { Random } from "../random.ts";

/**
 * A draw from the beta distribution of two parameters above 0: the part of one of two gamma draws in both.
 * Gamma draws as in Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; in
 * logarithms, since those of small parameters are smaller than any number.
 */
export function betaDraw(random: Random, a: number, b: number): number {
  const [first, second] = [logGammaDraw(random, a), logGammaDraw(random, b)];
  return 1 / (1 + Math.exp(second - first));
}

/** The logarithm of a draw from the gamma distribution of shape `a` and scale 1. */
function logGammaDraw(random: Random, a: number): number {
  // A draw of shape a is one of shape a + 1 times a uniform number to the power of 1/a.
  if (a < 1) return logGammaDraw(random, a + 1) + Math.log(1 - random.uniform()) / a;
  const d = a - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < x * x / 2 + d * (1 - v + Math.log(v))) {
      return Math.log(d * v);
    }
  }
}
