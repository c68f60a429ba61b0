import { seededRandom } from "../../../lib/random.ts";

/** A symmetric positive definite matrix, [n, n]: Σ x xᵀ of twice as many random vectors. */
export function randomHessian(n: number, seed: number): Float64Array {
  const random = seededRandom(seed, "hessian");
  const x = Float64Array.from({ length: 2 * n * n }, () => random.normal());
  const hessian = new Float64Array(n * n);
  for (let t = 0; t < 2 * n; t++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) hessian[i * n + j]! += x[t * n + i]! * x[t * n + j]!;
    }
  }
  return hessian;
}

/** A · B, or Aᵀ · B, of square matrices, as loops say it. */
export function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  n: number,
  { transposeLeft = false } = {},
): number[] {
  return Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[transposeLeft ? k * n + i : i * n + k]! * b[k * n + j]!;
    return sum;
  });
}

export const identityOf = (n: number): number[] =>
  Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
