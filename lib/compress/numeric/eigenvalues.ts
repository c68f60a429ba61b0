/**
 * The eigenvalues of a symmetric matrix, ascending: by Householder's reflections to three diagonals, then by
 * QL steps with implicit shifts. 4n³/3 operations. Source: G. H. Golub, C. F. Van Loan, "Matrix
 * Computations", 4th edition, sections 8.3.1 and 8.3.3.
 *
 * @param matrix [n, n], of which the lower half is read; it is used up
 */
export function eigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonal(matrix, n);
  for (let l = 0; l < n; l++) {
    for (let round = 0; round < 60; round++) {
      let m = l;
      while (
        m < n - 1 &&
        Math.abs(beside[m]!) > Number.EPSILON * (Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!))
      ) {
        m++;
      }
      if (m === l) break;
      qlStep(diagonal, beside, l, m);
    }
  }
  return diagonal.sort();
}

/**
 * One QL step on rows l to m, shifted by the eigenvalue of the first two by two that is nearer to its corner.
 */
function qlStep(diagonal: Float64Array, beside: Float64Array, l: number, m: number): void {
  const half = (diagonal[l + 1]! - diagonal[l]!) / (2 * beside[l]!);
  const root = Math.hypot(half, 1);
  let g = diagonal[m]! - diagonal[l]! + beside[l]! / (half + (half >= 0 ? root : -root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * beside[i]!;
    const b = cosine * beside[i]!;
    const r = Math.hypot(f, g);
    beside[i + 1] = r;
    if (r === 0) {
      diagonal[i + 1]! -= shift;
      beside[m] = 0;
      return;
    }
    [sine, cosine] = [f / r, g / r];
    g = diagonal[i + 1]! - shift;
    const t = (diagonal[i]! - g) * sine + 2 * cosine * b;
    shift = sine * t;
    diagonal[i + 1] = g + shift;
    g = cosine * t - b;
  }
  diagonal[l]! -= shift;
  beside[l] = g;
  beside[m] = 0;
}

/** The three diagonals of a symmetric matrix's similar form: the middle one, and what lies below it. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const [v, p] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n - 1; k++) {
    diagonal[k] = a[k * n + k]!;
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm = Math.hypot(norm, v[i] = a[i * n + k]!);
    const alpha = v[k + 1]! > 0 ? -norm : norm;
    beside[k] = alpha;
    if (norm === 0) continue;
    v[k + 1]! -= alpha;
    const scale = 1 / (alpha * (alpha - a[(k + 1) * n + k]!)); // 2 / vᵀv
    p.fill(0, k + 1);
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1, own = v[i]!; j < i; j++) {
        const value = a[i * n + j]!;
        p[i]! += value * v[j]!;
        p[j]! += value * own;
      }
      p[i]! += a[i * n + i]! * v[i]!;
    }
    let dot = 0;
    for (let i = k + 1; i < n; i++) dot += (p[i]! *= scale) * v[i]!;
    for (let i = k + 1; i < n; i++) p[i]! -= dot * scale / 2 * v[i]!;
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j <= i; j++) a[i * n + j]! -= v[i]! * p[j]! + p[i]! * v[j]!;
    }
  }
  diagonal[n - 1] = a[n * n - 1]!;
  return { diagonal, beside };
}
