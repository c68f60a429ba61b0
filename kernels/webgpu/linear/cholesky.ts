import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type CholeskyOptions, factor } from "./cholesky_work.ts";

/**
 * The Cholesky factor L of a symmetric positive definite matrix, H = L · Lᵀ, lower triangular.
 *
 * n³/3 operations in blocks of 64, nearly all in `matmul`'s tiles. On the CPU in float64, with n² · 8 bytes
 * beside H and L (512 MB for n = 8192); on a GPU in float32, with no more than 768 · n bytes beside them.
 *
 * @param h [n, n], float32, of which only the lower half is read, on the CPU or a GPU; the result lies at the
 * same place
 * @returns float32, [n, n], zeros above the diagonal
 * @throws RangeError where H with its damping is not positive definite, or holds NaN, with the column where
 * that shows; TypeError where h is no square matrix
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const l = await cholesky(float32([4, 2, 2, 10], [2, 2]));
 * assert.deepEqual([...l.data], [2, 0, 1, 3]);
 * ```
 */
export async function cholesky(h: Tensor, options: CholeskyOptions = {}): Promise<Tensor> {
  return await factor("cholesky", h, { ...options, half: "lower", reverse: false, then: () => {} });
}
