import { gemm } from "../../../kernels/webgpu/linear/gemm.ts";
import type { Products } from "./products.ts";

/** Σ ‖W x‖² over tokens: tr(W G Wᵀ), G = Σ x xᵀ. */
export async function outputSquares(
  weight: Float64Array,
  gram: Float64Array,
  columns: number,
  products?: Products,
): Promise<number> {
  const rows = weight.length / columns;
  const product = products?.isWorth(rows * columns ** 2)
    ? await products.multiply(Float32Array.from(weight), Float32Array.from(gram), rows, columns, columns)
    : exactProduct(weight, gram, columns);
  let sum = 0;
  for (let i = 0; i < weight.length; i++) sum += product[i]! * weight[i]!;
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
