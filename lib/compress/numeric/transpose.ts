/** Rows and columns that are turned at once: lines of a cache, few enough that none displaces another. */
const TILE = 8;

/** A matrix of [rows, columns] as one of [columns, rows], in an array of the same kind. */
export function transpose<Numbers extends Float64Array | Float32Array | Uint8Array>(
  matrix: Numbers,
  rows: number,
  columns: number,
): Numbers {
  const result = new (matrix.constructor as new (length: number) => Numbers)(matrix.length);
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      const [bottom, right] = [Math.min(top + TILE, rows), Math.min(left + TILE, columns)];
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) result[j * rows + i] = matrix[i * columns + j]!;
      }
    }
  }
  return result;
}
