import { BLOCK, type Place, type Steps } from "./cholesky_steps.ts";
import { gemm, type Strided } from "./gemm.ts";

/** Where a matrix is not positive definite. */
export interface BadPivot {
  /** Column of the pivot, from 0. */
  column: number;
  /** Value of the pivot, which should be above 0. */
  pivot: number;
}

/**
 * The steps of a factorisation on the CPU, in float64. A bad pivot ends it: it is thrown as {@linkcode
 * BadPivot}.
 *
 * @param matrix [n, n]; what lies above the diagonal is not read
 */
export function stepsOnCpu(matrix: Float64Array, n: number): Steps {
  const room: Record<Place["of"], { data: Float64Array; stride: number }> = {
    matrix: { data: matrix, stride: n },
    inverses: { data: new Float64Array(n * BLOCK), stride: BLOCK },
    panel: { data: new Float64Array(n * BLOCK), stride: BLOCK },
    row: { data: new Float64Array(BLOCK * n), stride: n },
  };
  const strided = ({ of, row = 0, column = 0, transpose = false }: Place): Strided => {
    const { data, stride } = room[of];
    return {
      data,
      offset: row * stride + column,
      row: transpose ? 1 : stride,
      column: transpose ? stride : 1,
    };
  };
  return {
    factor(at, size) {
      factorBlock(matrix, n, at, size);
      invertBlock(matrix, n, { at, size }, room.inverses.data);
    },
    multiply: (c, a, b, options) => gemm(strided(c), strided(a), strided(b), options),
    copy(to, from, rows, columns) {
      const [target, source] = [strided(to), strided(from)];
      for (let i = 0; i < rows; i++) {
        const begin = source.offset! + i * source.row;
        target.data.set(
          source.data.subarray(begin, begin + columns) as Float64Array,
          target.offset! + i * target.row,
        );
      }
    },
  };
}

/** Row by row: l_ij = (a_ij − Σ l_ik l_jk) / l_jj. */
function factorBlock(matrix: Float64Array, n: number, at: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = (at + i) * n + at;
    for (let j = 0; j <= i; j++) {
      const other = (at + j) * n + at;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!;
      if (j < i) {
        matrix[row + j] = sum / matrix[other + j]!;
      } else if (sum > 0 && sum < Infinity) {
        matrix[row + j] = Math.sqrt(sum);
      } else {
        throw { column: at + i, pivot: sum } satisfies BadPivot;
      }
    }
  }
}

/** Row by row: x_ij = −Σ l_ik x_kj / l_ii. */
function invertBlock(
  matrix: Float64Array,
  n: number,
  { at, size }: { at: number; size: number },
  inverses: Float64Array,
): void {
  for (let i = 0; i < size; i++) {
    const [row, out] = [(at + i) * n + at, (at + i) * BLOCK];
    const scale = 1 / matrix[row + i]!;
    inverses.fill(0, out, out + BLOCK);
    for (let k = 0; k < i; k++) {
      const [factor, from] = [-matrix[row + k]! * scale, (at + k) * BLOCK];
      for (let j = 0; j <= k; j++) inverses[out + j]! += factor * inverses[from + j]!;
    }
    inverses[out + i] = scale;
  }
}
