import type { Weight } from "../nn/weights.ts";

const PRUNED = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** Weights of convolutions and matrix products: never biases, norms or tables. */
export function isPrunable({ role, op }: Weight): boolean {
  return role === "weight" && PRUNED.has(op);
}
