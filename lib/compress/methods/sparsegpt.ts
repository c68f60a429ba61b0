import type { Method } from "./method.ts";
import { swept } from "./swept.ts";
import { sweptOnGpu } from "./swept_on_gpu.ts";

/**
 * Weights go where the output suffers least, and those that stay make up for it; with bits they are rounded
 * on the way. Source: E. Frantar, D. Alistarh, "SparseGPT: Massive Language Models Can Be Accurately Pruned
 * in One-Shot", 2023.
 */
export const sparsegpt: Method = {
  does: ["sparsity", "bits"],
  calibrated: true,
  shrinks: true,
  sweeps: true,
  groups: "carried",
  run: (matrix, target) => swept(matrix, target, true),
  onGpu: (gpu, matrix, target) => sweptOnGpu(gpu, matrix, target, true),
};
