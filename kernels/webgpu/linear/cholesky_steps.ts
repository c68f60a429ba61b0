/** Rows and columns of a block. */
export const BLOCK = 64;

/** Operand of a factorisation's steps: the matrix itself, and memory for what is computed from its parts. */
export interface Place {
  /**
   * `matrix` is [n, n]; `inverses`, of the blocks on the diagonal, and `panel` are [n, BLOCK]; `row` is
   * [BLOCK, n].
   */
  of: "matrix" | "inverses" | "panel" | "row";
  /** First row. Default 0. */
  row?: number;
  /** First column. Default 0. */
  column?: number;
  /** Whether the transpose is meant. Default false. */
  transpose?: boolean;
}

/** Executor of the steps: the CPU in float64, or a GPU in float32. */
export interface Steps {
  /**
   * Factorises the block on the diagonal that begins at row `at`, in place, and writes its inverse to
   * `inverses`.
   */
  factor(at: number, size: number): void;
  /** C ← alpha · A · B + beta · C. */
  multiply(
    c: Place,
    a: Place,
    b: Place,
    options: { m: number; n: number; k: number; alpha?: number; beta?: number; half?: "lower" },
  ): void;
  /** Copies rows × columns numbers from one place to another. */
  copy(to: Place, from: Place, rows: number, columns: number): void;
}

/**
 * A = L · Lᵀ: on and below its diagonal A becomes L. What lies above the diagonal is of no meaning.
 *
 * Right-looking, in blocks: nearly all work is the product that updates what lies behind a panel. A panel is
 * multiplied with the inverse of the block above it, in place of a substitution, so that it is a product,
 * too. Source: G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th edition, section 4.2.9.
 */
export function factorise(n: number, steps: Steps): void {
  for (let j = 0; j < n; j += BLOCK) {
    const size = Math.min(BLOCK, n - j);
    const below = j + size;
    const rest = n - below;
    steps.factor(j, size);
    if (rest === 0) return;
    const panel: Place = { of: "matrix", row: below, column: j };
    const inverse: Place = { of: "inverses", row: j, transpose: true };
    steps.multiply({ of: "panel" }, panel, inverse, { m: rest, n: size, k: size });
    steps.copy(panel, { of: "panel" }, rest, size);
    steps.multiply(
      { of: "matrix", row: below, column: below },
      { of: "panel" },
      { of: "panel", transpose: true },
      { m: rest, n: rest, k: size, alpha: -1, beta: 1, half: "lower" },
    );
  }
}

/**
 * L becomes its inverse, in place, after {@linkcode factorise}.
 *
 * Forward substitution of the identity, right-looking: a column of L is used up when the inverse's rows reach
 * it, and its place is where sums of the inverse's rows below are gathered.
 */
export function invert(n: number, steps: Steps): void {
  for (let j = 0; j < n; j += BLOCK) {
    const size = Math.min(BLOCK, n - j);
    const below = j + size;
    const rest = n - below;
    const [row, column]: Place[] = [{ of: "matrix", row: j }, { of: "matrix", row: below, column: j }];
    const inverse: Place = { of: "inverses", row: j };
    steps.multiply({ of: "row" }, inverse, row!, { m: size, n: j, k: size });
    steps.copy(row!, { of: "row" }, size, j);
    steps.copy({ of: "matrix", row: j, column: j }, inverse, size, size);
    if (rest === 0) return;
    steps.copy({ of: "panel" }, column!, rest, size);
    const sums: Place = { of: "matrix", row: below };
    steps.multiply(sums, { of: "panel" }, { of: "row" }, { m: rest, n: j, k: size, alpha: -1, beta: 1 });
    steps.multiply(column!, { of: "panel" }, inverse, { m: rest, n: size, k: size, alpha: -1 });
  }
}
