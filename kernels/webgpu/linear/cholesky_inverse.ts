import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { invert } from "./cholesky_steps.ts";
import { type CholeskyOptions, factor } from "./cholesky_work.ts";

/**
 * The upper factor U of the inverse of a symmetric positive definite matrix, H⁻¹ = Uᵀ · U. Row j of U, from
 * its diagonal on, is what SparseGPT needs of the inverse of H without its first j rows and columns: U_jj ·
 * U_j,j: is its first row.
 *
 * The inverse itself is never formed, which would square the condition: with rows and columns in reverse
 * order H is L · Lᵀ, and U is the inverse of L, in reverse order again. 2n³/3 operations; memory as for
 * {@linkcode cholesky}, and on a GPU n² · 4 bytes more.
 *
 * @param h as in {@linkcode cholesky}, of which only the upper half is read
 * @returns float32, [n, n], zeros below the diagonal
 * @throws RangeError where H with its damping is not positive definite, or holds NaN, with the column where
 * that shows, seen from the last one; TypeError where h is no square matrix
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const u = await choleskyInverse(float32([4, 0, 0, 16], [2, 2]));
 * assert.deepEqual([...u.data], [0.5, 0, 0, 0.25]);
 * ```
 */
export async function choleskyInverse(h: Tensor, options: CholeskyOptions = {}): Promise<Tensor> {
  return await factor("choleskyInverse", h, { ...options, half: "upper", reverse: true, then: invert });
}
