import { openWasmGemm, type Precision, PRECISIONS, TILE_ROWS, tileColumns, UNROLL } from "./wasm_gemm.ts";

/** Numbers that are read and written by index. */
export type Numbers = Float32Array | Float64Array | Float16Array;

/** A matrix in an array: element (i, j) is number offset + i · row + j · column. */
export interface Strided {
  /** The array. */
  data: Numbers;
  /** Where the matrix begins in the array. Default 0. */
  offset?: number;
  /** Numbers from one row to the next. */
  row: number;
  /** Numbers from one column to the next. */
  column: number;
}

/** Settings of {@linkcode gemm}. */
export interface GemmOptions {
  /** C is m × n; A is m × k, B is k × n. */
  m: number;
  /** Columns of B and C. */
  n: number;
  /** Columns of A and rows of B, which are summed over. */
  k: number;
  /** Factor of the product A · B. Default 1. */
  alpha?: number | undefined;
  /** Factor of what C holds before. Default 0: then C is not read. */
  beta?: number | undefined;
  /** Precision of products and short sums; long sums add up in the type of C. Default: what C is. */
  precision?: Precision | undefined;
  /**
   * Only this half of C is needed, its diagonal included: what lies in the other may be changed, or not.
   * Default: all.
   */
  half?: "lower" | "upper" | undefined;
}

/** Rows and columns of C that are worked on at once. */
const BLOCK_ROWS = 64;
const BLOCK_COLUMNS = 1024;

/** Bytes of a row of A that are worked on at once: two panels stay in the first cache. */
const BLOCK_BYTES = 2048;

/**
 * C ← alpha · A · B + beta · C on the CPU, the twins' dense product.
 *
 * Blocks of A and B are copied into panels, which the SIMD loops of `wasm_gemm.ts` run through.
 * Source: K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 */
export function gemm(c: Strided, a: Strided, b: Strided, options: GemmOptions): void {
  const { m, n, k, alpha = 1, beta = 0, half } = options;
  const { precision = c.data instanceof Float64Array ? "float64" : "float32" } = options;
  const { bytes, array } = PRECISIONS[precision];
  const width = tileColumns(precision);
  const depth = BLOCK_BYTES / bytes;
  const { memory, tiles } = openWasmGemm();
  const run = tiles[precision];
  const packedA = new array(memory, 0, BLOCK_ROWS * depth);
  const packedB = new array(memory, packedA.byteLength, BLOCK_COLUMNS * depth);
  const start = packedA.byteLength + packedB.byteLength;
  const product = new array(memory, start, BLOCK_ROWS * BLOCK_COLUMNS);
  for (let j = 0; j < n; j += BLOCK_COLUMNS) {
    const columns = Math.min(BLOCK_COLUMNS, n - j);
    // Without an inner dimension there is still beta.
    for (let l = 0; l < Math.max(k, 1); l += depth) {
      const inner = Math.min(depth, k - l);
      const length = Math.max(Math.ceil(inner / UNROLL), 1) * UNROLL;
      pack(
        packedB,
        { ...b, offset: at(b, l, j), row: b.column, column: b.row },
        { rows: columns, columns: inner, length, width },
      );
      for (let i = 0; i < m; i += BLOCK_ROWS) {
        const rows = Math.min(BLOCK_ROWS, m - i);
        // Of the half that is needed, the columns that these rows reach, in whole panels.
        const first = half === "upper" ? Math.max(Math.floor((i - j) / width) * width, 0) : 0;
        const last = half === "lower" ? Math.min(i + rows - j, columns) : columns;
        if (first >= last) continue;
        pack(packedA, { ...a, offset: at(a, i, l) }, { rows, columns: inner, length, width: TILE_ROWS });
        const [down, across] = [Math.ceil(rows / TILE_ROWS), Math.ceil((last - first) / width)];
        run(
          0,
          packedA.byteLength + first * length * bytes,
          start,
          down,
          across,
          length,
          BLOCK_COLUMNS * bytes,
        );
        const target = { ...c, offset: at(c, i, j + first) };
        addTo(target, product, { rows, columns: last - first, alpha, beta: l === 0 ? beta : 1 });
      }
    }
  }
}

/** The place of element (i, j). */
function at({ offset = 0, row, column }: Strided, i: number, j: number): number {
  return offset + i * row + j * column;
}

/**
 * Copies rows into panels of `width` rows each, whose numbers of one column lie side by side; zeros fill them
 * up.
 */
function pack(
  panels: Float32Array | Float64Array,
  { data, offset = 0, row, column }: Strided,
  { rows, columns, length, width }: { rows: number; columns: number; length: number; width: number },
): void {
  let panel = 0;
  for (let i = 0; i < rows; i += width, panel += width * length) {
    if (rows - i < width || columns < length) panels.fill(0, panel, panel + width * length);
    const here = Math.min(width, rows - i);
    // The inner loop runs along memory, whichever way that is.
    if (row === 1) {
      let from = offset + i;
      for (let to = panel, end = to + columns * width; to < end; to += width, from += column) {
        for (let r = 0; r < here; r++) panels[to + r] = data[from + r]!;
      }
      continue;
    }
    for (let r = 0; r < here; r++) {
      let from = offset + (i + r) * row;
      for (let to = panel + r, end = to + columns * width; to < end; to += width, from += column) {
        panels[to] = data[from]!;
      }
    }
  }
}

/** C ← alpha · product + beta · C for a block of C, where a row of the product is `BLOCK_COLUMNS` long. */
function addTo(
  { data, offset = 0, row, column }: Strided,
  product: Float32Array | Float64Array,
  { rows, columns, alpha, beta }: { rows: number; columns: number; alpha: number; beta: number },
): void {
  for (let i = 0; i < rows; i++) {
    const from = i * BLOCK_COLUMNS;
    const to = offset + i * row;
    if (beta === 0 && alpha === 1 && column === 1) {
      data.set(product.subarray(from, from + columns), to);
    } else if (beta === 0) {
      for (let j = 0; j < columns; j++) data[to + j * column] = alpha * product[from + j]!;
    } else {
      for (let j = 0, place = to; j < columns; j++, place += column) {
        data[place] = alpha * product[from + j]! + beta * data[place]!;
      }
    }
  }
}
