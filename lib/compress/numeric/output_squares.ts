import { gemm } from "../../../kernels/webgpu/linear/gemm.ts";
import { cut, type Products } from "./products.ts";

/** Columns of a symmetric matrix that are multiplied at once, with the rows from there on. */
const PART = 1024;

/** Σ ‖W x‖² over tokens: tr(W G Wᵀ), G = Σ x xᵀ. */
export async function outputSquares(
  weight: Float64Array,
  gram: Float64Array,
  columns: number,
  products?: Products,
): Promise<number> {
  const rows = weight.length / columns;
  if (!products?.isWorth(rows * columns ** 2)) {
    const product = exactProduct(weight, gram, columns);
    return weight.reduce((sum, value, i) => sum + product[i]! * value, 0);
  }
  let sum = 0;
  for (let at = 0; at < columns; at += PART) {
    const [size, rest] = [Math.min(PART, columns - at), columns - at];
    const below = cut(gram, columns, [at, rest], [at, size]);
    for (let i = size * size; i < below.length; i++) below[i]! *= 2; // and what lies beside the diagonal
    const product = await products.multiply(
      cut(weight, columns, [0, rows], [at, rest]),
      below,
      rows,
      rest,
      size,
    );
    for (let row = 0, place = 0; row < rows; row++) {
      const from = row * columns + at;
      for (let j = 0; j < size; j++, place++) sum += product[place]! * weight[from + j]!;
    }
  }
  return sum;
}

function exactProduct(weight: Float64Array, gram: Float64Array, columns: number): Float64Array {
  const product = new Float64Array(weight.length);
  gemm(
    { data: product, row: columns, column: 1 },
    { data: weight, row: columns, column: 1 },
    { data: gram, row: columns, column: 1 },
    { m: weight.length / columns, n: columns, k: columns },
  );
  return product;
}
