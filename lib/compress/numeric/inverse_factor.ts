import { RangeError } from "../../errors.ts";
import { stepsOnCpu } from "../../../kernels/webgpu/linear/cholesky_cpu.ts";
import { factorise, invert } from "../../../kernels/webgpu/linear/cholesky_steps.ts";
import { invertFactor } from "./large_factor.ts";
import type { Products } from "./products.ts";

/** The upper factor of a damped Hessian's inverse. */
export interface InverseFactor {
  /** U, upper triangular, H⁻¹ = Uᵀ · U: [n, n] in float64. */
  u: Float64Array;
  /** What was added to the diagonal at last, as a share of its mean. */
  damping: number;
}

/** A Hessian that is not positive definite even then is damaged. */
const MOST_DAMPING = 100;

/**
 * Factors the inverse of a Hessian as `choleskyInverse` does, in float64 but for large products, which the
 * engine computes in float32 where it is given. Features that were never
 * on (zeros on the diagonal) count as ones. Where the damped matrix is not positive definite, damping rises
 * tenfold, from 0 to 1e-4 first, until it is.
 *
 * @throws {RangeError} where no damping helps
 */
export async function inverseFactor(
  hessian: Float64Array,
  n: number,
  damping: number,
  products?: Products,
): Promise<InverseFactor> {
  for (let share = damping; share <= Math.max(MOST_DAMPING, damping); share = Math.max(share * 10, 1e-4)) {
    const u = await attempt(hessian, n, share, products);
    if (u) return { u, damping: share };
  }
  throw new RangeError(
    `Cannot factor a Hessian of ${n} columns: it is not positive definite, whatever is added to its diagonal; ` +
      "look for inputs that are not finite or huge in the calibration data",
  );
}

async function attempt(
  hessian: Float64Array,
  n: number,
  damping: number,
  products: Products | undefined,
): Promise<Float64Array | undefined> {
  const work = hessian.slice().reverse(); // rows and columns in reverse order: H is symmetric
  let trace = 0;
  for (let i = 0; i < work.length; i += n + 1) {
    if (work[i] === 0) work[i] = 1;
    trace += work[i]!;
  }
  for (let i = 0; i < work.length; i += n + 1) work[i]! += damping * trace / n;
  try {
    if (products?.isWorth(n ** 3 / 3)) await invertFactor(work, n, products);
    else {
      const steps = stepsOnCpu(work, n);
      factorise(n, steps);
      invert(n, steps);
    }
  } catch (error) {
    if (error instanceof Error) throw error;
    return undefined; // a pivot that is not above 0
  }
  work.reverse();
  for (let i = 0; i < n; i++) work.fill(0, i * n, i * n + i);
  return work;
}
