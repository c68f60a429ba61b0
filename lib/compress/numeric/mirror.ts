/** Rows and columns that are turned at once: lines of a cache, few enough that none displaces another. */
const TILE = 8;

/**
 * Completes a symmetric matrix of which the diagonal and what lies above it are known, in place.
 *
 * @param matrix [n, n]
 */
export function mirror(matrix: Float64Array, n: number): void {
  for (let top = 0; top < n; top += TILE) {
    for (let left = 0; left <= top; left += TILE) {
      for (let i = top; i < Math.min(top + TILE, n); i++) {
        for (let j = left; j < Math.min(left + TILE, i); j++) matrix[i * n + j] = matrix[j * n + i]!;
      }
    }
  }
}
