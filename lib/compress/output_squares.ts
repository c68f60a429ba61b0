import { gemm } from "../../kernels/webgpu/linear/gemm.ts";

/** Σ ‖W x‖² over tokens: tr(W G Wᵀ), G = Σ x xᵀ. */
export function outputSquares(weight: Float64Array, gram: Float64Array, columns: number): number {
  const rows = weight.length / columns;
  const product = new Float64Array(weight.length);
  gemm(
    { data: product, row: columns, column: 1 },
    { data: weight, row: columns, column: 1 },
    { data: gram, row: columns, column: 1 },
    { m: rows, n: columns, k: columns },
  );
  let sum = 0;
  for (let i = 0; i < weight.length; i++) sum += product[i]! * weight[i]!;
  return sum;
}
