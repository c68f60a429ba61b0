import { stepsOnCpu } from "../../../kernels/webgpu/linear/cholesky_cpu.ts";
import { factorise, invert } from "../../../kernels/webgpu/linear/cholesky_steps.ts";
import { gemm, type Strided } from "../../../kernels/webgpu/linear/gemm.ts";

/** More than this, as a part of the mean of the diagonal, helps no matrix. */
const MOST_RIDGE = 100;

/**
 * What to add to weights W so that they give what is missing: the Δ that makes ‖R − Δ · X‖² + λ · ‖Δ‖² as
 * small as it can be, by its normal equations Δ · (X · Xᵀ + λ) = R · Xᵀ, in float64.
 *
 * Where the matrix is not positive definite, λ rises tenfold until it is. Inputs that were always zero get
 * nothing added.
 *
 * @param gram X · Xᵀ, [columns, columns]
 * @param cross R · Xᵀ, [rows, columns]
 * @param ridge λ, as a part of the mean of the gram's diagonal
 * @returns Δ, [rows, columns]
 */
export function ridgeSolution(
  gram: Float64Array,
  cross: Float64Array,
  columns: number,
  ridge: number,
): Float64Array {
  let trace = 0;
  for (let i = 0; i < gram.length; i += columns + 1) trace += gram[i]!;
  const rows = cross.length / columns;
  if (trace === 0) return new Float64Array(cross.length);
  for (let share = ridge; share <= Math.max(MOST_RIDGE, ridge); share = Math.max(10 * share, 1e-10)) {
    const work = gram.slice();
    for (let i = 0; i < work.length; i += columns + 1) {
      // An input that was always zero is a row and a column of zeros.
      work[i] = work[i] === 0 ? 1 : work[i]! + share * trace / columns;
    }
    if (!invertLower(work, columns)) continue;
    for (let i = 0; i < columns; i++) work.fill(0, i * columns + i + 1, (i + 1) * columns);
    // Δ = R · Xᵀ · L⁻ᵀ · L⁻¹
    const [half, whole] = [new Float64Array(cross.length), new Float64Array(cross.length)];
    const square = { m: rows, n: columns, k: columns };
    gemm(by(half, columns), by(cross, columns), turned(work, columns), square);
    gemm(by(whole, columns), by(half, columns), by(work, columns), square);
    if (whole.every(Number.isFinite)) return whole;
  }
  return new Float64Array(cross.length);
}

const by = (data: Float64Array, stride: number): Strided => ({ data, offset: 0, row: stride, column: 1 });
const turned = (data: Float64Array, stride: number): Strided => ({
  data,
  offset: 0,
  row: 1,
  column: stride,
});

/** L⁻¹ of A = L · Lᵀ in place; false where A is not positive definite. */
function invertLower(a: Float64Array, n: number): boolean {
  try {
    const steps = stepsOnCpu(a, n);
    factorise(n, steps);
    invert(n, steps);
    return true;
  } catch (error) {
    if (error instanceof Error) throw error;
    return false; // a pivot that is not above 0
  }
}
