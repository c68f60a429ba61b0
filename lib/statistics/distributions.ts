/**
 * Distribution functions of the normal, Student's and the binomial distribution, to about 14 digits.
 *
 * Sources: the logarithm of Γ by Stirling's series (NIST Digital Library of Mathematical Functions, 5.11.1),
 * the regularised incomplete beta function by its continued fraction (8.17.22), evaluated as Lentz proposed
 * (Applied Optics 15, 1976); Student's and the binomial distribution follow from it (8.17.5).
 *
 * @module
 */
import { requireNumbers } from "../bounds.ts";

/** Coefficients of Stirling's series: B₂ₖ ÷ (2k (2k − 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360];

/** The logarithm of Γ(x), x > 0. */
export function logGamma(x: number): number {
  // The series is good to all digits from 10 on; below, Γ(x + 1) = x Γ(x) leads there.
  let shift = 0;
  for (; x < 10; x++) shift += Math.log(x);
  const series = STIRLING.reduce((sum, c, k) => sum + c / x ** (2 * k + 1), 0);
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
}

/** The regularised incomplete beta function Iₓ(a, b), a and b > 0, x from 0 to 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  // The fraction converges fast below the mean; above it the other tail is taken.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return front / a * betaFraction(x, a, b);
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let c = 1;
  let d = 1 / away(1 - (a + b) * x / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      fraction *= step = c * d;
    }
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return fraction;
}

/** P(T ≤ t) of Student's distribution. */
export function studentCdf(t: number, degrees: number): number {
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T ≤ t) = p; RangeError unless 0 < p < 1. */
export function studentQuantile(p: number, degrees: number): number {
  return quantileOf(p, (t) => studentCdf(t, degrees));
}

/** P(Z ≤ z) of the standard normal distribution: Student's for very many degrees of freedom would be slow. */
export function normalCdf(z: number): number {
  const tail = Math.abs(z) < 3 ? 0.5 - centralArea(Math.abs(z)) : tailArea(Math.abs(z));
  return z > 0 ? 1 - tail : tail;
}

/** The z with P(Z ≤ z) = p; RangeError unless 0 < p < 1. */
export function normalQuantile(p: number): number {
  return quantileOf(p, normalCdf);
}

const density = (z: number) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);

/** Area from 0 to z: φ(z) (z + z³/3 + z⁵/15 + …). */
function centralArea(z: number): number {
  let [term, sum] = [z, z];
  for (let k = 3; Math.abs(term) > 1e-18 * sum && k < 400; k += 2) sum += term *= z * z / k;
  return density(z) * sum;
}

/** From z up, by Laplace's continued fraction φ(z) / (z + 1/(z + 2/(z + …))). */
function tailArea(z: number): number {
  let fraction = z;
  for (let k = 120; k > 0; k--) fraction = z + k / fraction;
  return density(z) / fraction;
}

/** P(X ≤ hits) for hits of `trials` independent trials of probability `p`. */
export function binomialCdf(hits: number, trials: number, p: number): number {
  return hits < 0 ? 0 : hits >= trials ? 1 : incompleteBeta(1 - p, trials - hits, hits + 1);
}

/** The argument at which a distribution that is symmetric around 0 reaches p. */
function quantileOf(p: number, cdf: (x: number) => number): number {
  // Halving for another p would not end.
  requireNumbers("find a quantile", { p }, { above: 0, below: 1 });
  // In the tail itself, where digits are not lost to 1 − p.
  return p > 0.5 ? -lowerTail(1 - p, cdf) : lowerTail(p, cdf);
}

/** The argument ≤ 0 at which a distribution that is symmetric around 0 reaches p ≤ 0.5, by halving. */
function lowerTail(p: number, cdf: (x: number) => number): number {
  if (p === 0.5) return 0;
  let [low, high] = [-1, 0];
  while (cdf(low) > p) [low, high] = [2 * low, low];
  for (let i = 0; i < 200 && high - low > 1e-15 * -low; i++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
